/* What the runner decides: docs/plan-format.md has the formats and the command line, ARCHITECTURE.md "Once only" the reasons.
   The journal is written before the thing it speaks of may begin, so that a reader never learns less than what happened. */
#include "runner.h"

#include <string.h>

/* A retry loop may go on until the maximum duration. The first runs are not delayed; the rest are spaced so that all of them
   stay below the journal's limit of 10,000. */
enum { RUNS_UNPACED = 1000, RUNS_PACED = 9000 };
enum { STOP_WAIT_MS = 5000 };

enum why { GO_ON, WHY_CANCELLED, WHY_DURATION, WHY_JOURNAL };

struct attempt {
    struct runner *runner;
    struct system *system;
    const char *name;
    uint64_t deadline_ms;
    uint32_t run;
    uint64_t run_started_ms;
};

static uint32_t milliseconds_until(const struct attempt *attempt, uint64_t instant_ms)
{
    uint64_t instant = instant_ms < attempt->deadline_ms ? instant_ms : attempt->deadline_ms;
    uint64_t awake = system_awake_ms(attempt->system);
    uint64_t left = instant > awake ? instant - awake : 0;
    return left > 0x7FFFFFFF ? 0x7FFFFFFF : (uint32_t)left;
}

static uint32_t start_step(struct attempt *attempt, const struct plan_step *step)
{
    struct runner *runner = attempt->runner;
    memcpy(runner->command, step->command.bytes, step->command.size);
    runner->command[step->command.size] = 0;
    const char *line = script_single_line(runner->command);
    if (line) return system_start_line(attempt->system, line);
    if (!script_write(runner->command, runner->script, sizeof runner->script)) return ERROR_SCRIPT_TOO_LONG;
    return system_start_script(attempt->system, attempt->name, runner->script);
}

/* Ends the step's processes and collects what they still had to say. */
static void stop_step(struct attempt *attempt, uint32_t exit_code)
{
    struct runner *runner = attempt->runner;
    struct system_report report = {.bytes = runner->chunk};
    uint64_t give_up_ms = system_awake_ms(attempt->system) + STOP_WAIT_MS;
    system_stop(attempt->system, exit_code);
    while (system_awake_ms(attempt->system) < give_up_ms) {
        enum system_event event = system_wait(attempt->system, STOP_WAIT_MS / 10, &report);
        if (event == EVENT_EXITED) return;
        if (event == EVENT_OUTPUT) output_add(&runner->output, report.bytes, report.size);
    }
}

/* Watches the step until it exits or has to be stopped. */
static enum why watch_step(struct attempt *attempt, struct step_result *result)
{
    struct output *output = &attempt->runner->output;
    struct system_report report = {.bytes = attempt->runner->chunk};
    uint64_t flush_ms = UINT64_MAX;
    for (;;) {
        switch (system_wait(attempt->system, milliseconds_until(attempt, flush_ms), &report)) {
        case EVENT_OUTPUT:
            output_add(output, report.bytes, report.size);
            break;
        case EVENT_EXITED:
            result->exit_code = report.exit_code;
            return GO_ON;
        case EVENT_CANCELLED:
            return WHY_CANCELLED;
        case EVENT_TIMEOUT:
            break;
        }
        uint64_t awake_ms = system_awake_ms(attempt->system);
        if (awake_ms >= attempt->deadline_ms) return WHY_DURATION;
        if (awake_ms >= flush_ms) {
            output_flush(output);
            flush_ms = UINT64_MAX;
        }
        if (flush_ms == UINT64_MAX && output_is_waiting(output)) flush_ms = awake_ms + OUTPUT_FLUSH_MS;
        if (attempt->runner->journal.error) return WHY_JOURNAL;
    }
}

static enum why run_step(struct attempt *attempt, uint32_t position, struct step_result *result)
{
    struct runner *runner = attempt->runner;
    const struct plan_step *step = &runner->plan.steps[position];
    enum why why = GO_ON;
    *result = (struct step_result){.ended = STEP_EXITED};
    journal_step_started(&runner->journal, attempt->run, position);
    if (runner->journal.error) return WHY_JOURNAL;

    output_begin(&runner->output, &runner->journal, attempt->run);
    result->windows_error = start_step(attempt, step);
    if (result->windows_error) {
        result->ended = STEP_NOT_STARTED;
        result->exit_code = result->windows_error;
    } else {
        why = watch_step(attempt, result);
        result->succeeded = why == GO_ON && plan_is_success(step, result->exit_code);
    }
    if (why != GO_ON) {
        result->ended = STEP_STOPPED;
        result->exit_code = result->windows_error = why == WHY_CANCELLED ? ERROR_STEP_CANCELLED : ERROR_DURATION_PASSED;
        stop_step(attempt, result->exit_code);
    }
    output_end(&runner->output);
    journal_step_ended(&runner->journal, attempt->run, position, result);
    return runner->journal.error ? WHY_JOURNAL : why;
}

/* Between two steps: waits when a loop runs too often, and sees whether to go on at all. */
static enum why before_step(struct attempt *attempt)
{
    struct system_report report = {.bytes = attempt->runner->chunk};
    uint64_t start_ms = attempt->run_started_ms;
    if (attempt->run >= RUNS_UNPACED)
        start_ms += attempt->runner->plan.maximum_duration_seconds * 1000ull / RUNS_PACED + 1;
    do {
        uint32_t wait_ms = attempt->run >= RUNS_UNPACED ? milliseconds_until(attempt, start_ms) : 0;
        if (system_wait(attempt->system, wait_ms, &report) == EVENT_CANCELLED) return WHY_CANCELLED;
        if (system_awake_ms(attempt->system) >= attempt->deadline_ms) return WHY_DURATION;
    } while (attempt->run >= RUNS_UNPACED && system_awake_ms(attempt->system) < start_ms);
    attempt->run_started_ms = system_awake_ms(attempt->system);
    return GO_ON;
}

/* Follows the branches to an end. */
static void run_steps(struct attempt *attempt, enum journal_end *end, uint32_t *last_exit_code)
{
    uint32_t position = 0;
    for (;; attempt->run++) {
        struct step_result result;
        enum why why = before_step(attempt);
        if (why == GO_ON) {
            why = run_step(attempt, position, &result);
            *last_exit_code = result.exit_code;
        }
        if (why == WHY_CANCELLED) *end = END_CANCELLED;
        if (why == WHY_DURATION) *end = END_MAXIMUM_DURATION;
        if (why != GO_ON) return;

        const struct plan_step *step = &attempt->runner->plan.steps[position];
        position = result.succeeded ? step->on_success : step->on_failure;
        if (position == BRANCH_STOP_SUCCESS || position == BRANCH_STOP_FAILURE) {
            *end = position == BRANCH_STOP_SUCCESS ? END_STOPPED_SUCCESS : END_STOPPED_FAILURE;
            return;
        }
    }
}

static bool read_plan(struct runner *runner, struct system *system, const char *name)
{
    size_t size = 0;
    if (system_read_plan(system, name, runner->plan_bytes, sizeof runner->plan_bytes, &size)) return false;
    if (!plan_read(&runner->plan, runner->plan_bytes, size)) return false;
    return runner->plan.attempt.size == strlen(name) && memcmp(runner->plan.attempt.bytes, name, strlen(name)) == 0;
}

/* The ends are numbered as the exit codes are. */
static uint32_t begin(struct runner *runner, struct system *system, const char *name)
{
    struct attempt attempt = {.runner = runner, .system = system, .name = name};
    enum journal_end end = END_STOPPED_FAILURE;
    uint32_t last_exit_code = ERROR_DAMAGED_PLAN;

    uint32_t error = system_claim(system, name);
    if (error == ERROR_FILE_IS_THERE) return ERROR_SECOND_START;
    if (error) return error;

    runner->journal.system = system;
    bool is_planned = read_plan(runner, system, name);
    journal_begun(&runner->journal);
    if (is_planned && !runner->journal.error) {
        attempt.deadline_ms = system_awake_ms(system) + runner->plan.maximum_duration_seconds * 1000ull;
        last_exit_code = 0;
        run_steps(&attempt, &end, &last_exit_code);
    }
    journal_ended(&runner->journal, end, last_exit_code);
    if (runner->journal.error) return runner->journal.error;
    return is_planned ? (uint32_t)end : ERROR_DAMAGED_PLAN;
}

static uint32_t sweep(struct runner *runner, struct system *system, const char *name)
{
    if (!read_plan(runner, system, name)) return 0;
    if (system_filetime(system) < runner->plan.retain_until) return 0;
    return system_sweep(system, name);
}

uint32_t runner_main(struct runner *runner, struct system *system, int count, const char *const *arguments)
{
    if (count < 1 || count > 2) return ERROR_WRONG_ARGUMENTS;
    if (!attempt_name_is_valid((const uint8_t *)arguments[0], strlen(arguments[0]))) return ERROR_WRONG_ARGUMENTS;
    if (count == 1 || arguments[1][0] == 0 || strncmp(arguments[1], "$(Arg", 5) == 0)
        return sweep(runner, system, arguments[0]);
    if (strcmp(arguments[1], "begin") == 0) return begin(runner, system, arguments[0]);
    return ERROR_WRONG_ARGUMENTS;
}
