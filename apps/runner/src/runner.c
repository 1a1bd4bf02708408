/* What the runner decides: docs/plan-format.md has the formats and the command line, ARCHITECTURE.md "Once only" the reasons.
   The journal is written before the thing it speaks of may begin, so that a reader never learns less than what happened. */
#include "attempt.h"

#include <string.h>

/* A retry loop may go on until the maximum duration. The first runs are not delayed; the rest are spaced so that all of them
   stay below the journal's limit of 10,000. */
enum { RUNS_UNPACED = 1000, RUNS_PACED = 9000 };
enum { TRY_AGAIN_FOR_MS = 600 * 1000, TRY_AGAIN_PAUSE_MS = 5000, TRY_AGAIN_POLL_MS = 1000 };
enum { STOP_WAIT_MS = 5000 };

/* Ends what the step has started and collects what it still had to say. */
static void stop_step(struct attempt *attempt, enum why why, uint32_t exit_code)
{
    struct runner *runner = attempt->runner;
    struct system_report report = {.bytes = runner->chunk};
    uint64_t give_up_ms = system_awake_ms(attempt->system) + STOP_WAIT_MS;
    if (why == WHY_STEP_TIME) system_stop_step(attempt->system, exit_code);
    else system_stop(attempt->system, exit_code);
    while (system_is_running(attempt->system) && system_awake_ms(attempt->system) < give_up_ms) {
        enum system_event event = system_wait(attempt->system, STOP_WAIT_MS / 10, &report);
        if (event == EVENT_EXITED) return;
        if (event == EVENT_OUTPUT) output_add(&runner->output, report.bytes, report.size);
    }
}

static enum why run_step(struct attempt *attempt, uint32_t position, struct step_result *result)
{
    struct runner *runner = attempt->runner;
    const struct plan_step *step = &runner->plan.steps[position];
    *result = (struct step_result){.ended = STEP_EXITED};
    journal_step_started(&runner->journal, attempt->run, position);
    if (runner->journal.error) return WHY_JOURNAL;

    output_begin(&runner->output, &runner->journal, attempt->run);
    attempt->step_deadline_ms = attempt->deadline_ms;
    uint64_t limit_ms = system_awake_ms(attempt->system) + step->timeout_seconds * 1000ull;
    if (step->timeout_seconds > 0 && limit_ms < attempt->deadline_ms) attempt->step_deadline_ms = limit_ms;
    enum why why = step_perform(attempt, position, result);
    if (why == GO_ON && result->windows_error) {
        result->ended = STEP_NOT_STARTED;
        result->exit_code = result->windows_error;
    }
    attempt->step_deadline_ms = attempt->deadline_ms;
    if (why != GO_ON) {
        uint32_t exit_code = why == WHY_CANCELLED ? ERROR_STEP_CANCELLED : ERROR_DURATION_PASSED;
        *result = (struct step_result){.ended = STEP_STOPPED, .exit_code = exit_code, .windows_error = exit_code};
        stop_step(attempt, why, exit_code);
    }
    output_end(&runner->output);
    journal_step_ended(&runner->journal, attempt->run, position, result);
    if (runner->journal.error) return WHY_JOURNAL;
    return why == WHY_STEP_TIME ? GO_ON : why;
}

/* Between two steps: waits when a loop runs too often, and sees whether to go on at all. */
static enum why before_step(struct attempt *attempt)
{
    uint64_t start_ms = attempt->run_started_ms;
    attempt->step_deadline_ms = attempt->deadline_ms;
    enum why why = attempt_look(attempt);
    if (why == GO_ON && attempt->run >= RUNS_UNPACED)
        why = attempt_wait_until(attempt, start_ms + attempt->runner->plan.maximum_duration_seconds * 1000ull / RUNS_PACED + 1);
    attempt->run_started_ms = system_awake_ms(attempt->system);
    return why;
}

/* Waits until the step can be tried again. False: its exit code means failure by now. */
static bool wait_to_try_again(struct attempt *attempt, enum why *why)
{
    uint64_t instant_ms = system_awake_ms(attempt->system);
    if (attempt->try_again_until_ms == 0) attempt->try_again_until_ms = instant_ms + TRY_AGAIN_FOR_MS;
    if (instant_ms >= attempt->try_again_until_ms) return false;
    *why = attempt_wait_until(attempt, instant_ms + TRY_AGAIN_PAUSE_MS);
    while (*why == GO_ON && system_installer_is_busy(attempt->system) && system_awake_ms(attempt->system) < attempt->try_again_until_ms)
        *why = attempt_wait_until(attempt, system_awake_ms(attempt->system) + TRY_AGAIN_POLL_MS);
    return true;
}

/* Where a step leads; false when it leads to an end. */
static bool follow_branch(struct attempt *attempt, uint32_t *position, bool succeeded, enum journal_end *end)
{
    const struct plan_step *step = &attempt->runner->plan.steps[*position];
    *position = succeeded ? step->on_success : step->on_failure;
    if (*position == BRANCH_STOP_SUCCESS) *end = END_STOPPED_SUCCESS;
    if (*position == BRANCH_STOP_FAILURE) *end = END_STOPPED_FAILURE;
    return *position != BRANCH_STOP_SUCCESS && *position != BRANCH_STOP_FAILURE;
}

/* Runs steps from `position` to an end. */
static void run_steps(struct attempt *attempt, uint32_t position, enum journal_end *end, uint32_t *last_exit_code)
{
    for (;; attempt->run++) {
        struct step_result result = {0};
        enum why why = before_step(attempt);
        if (why == GO_ON) {
            why = run_step(attempt, position, &result);
            *last_exit_code = result.exit_code;
        }
        bool again = why == GO_ON && result.meaning == MEANS_TRY_AGAIN && wait_to_try_again(attempt, &why);
        uint32_t ended = position;
        bool goes_on = again || why != GO_ON || follow_branch(attempt, &position, result.succeeded, end);
        if (!again) attempt->try_again_until_ms = 0;
        if (why == GO_ON && goes_on && result.meaning == MEANS_RESTART_BEGUN) why = restart_await(attempt, ended);
        if (why == WHY_CANCELLED) *end = END_CANCELLED;
        if (why == WHY_DURATION) *end = END_MAXIMUM_DURATION;
        if (why != GO_ON || !goes_on) return;
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
static uint32_t finish(struct runner *runner, enum journal_end end, uint32_t last_exit_code)
{
    journal_ended(&runner->journal, end, last_exit_code);
    return runner->journal.error ? runner->journal.error : (uint32_t)end;
}

static uint32_t begin(struct runner *runner, struct system *system, const char *name)
{
    struct attempt attempt = {.runner = runner, .system = system, .name = name};
    enum journal_end end = END_STOPPED_FAILURE;
    uint32_t last_exit_code = 0;

    uint32_t error = system_claim(system, name);
    if (error == ERROR_FILE_IS_THERE) return ERROR_SECOND_START;
    if (error) return error;

    runner->journal.system = system;
    bool is_planned = read_plan(runner, system, name);
    journal_begun(&runner->journal);
    if (!is_planned) {
        uint32_t exit_code = finish(runner, end, ERROR_DAMAGED_PLAN);
        return exit_code == END_STOPPED_FAILURE ? ERROR_DAMAGED_PLAN : exit_code;
    }
    if (runner->journal.error) return runner->journal.error;
    attempt.begun_ms = system_awake_ms(system);
    attempt.deadline_ms = attempt.begun_ms + runner->plan.maximum_duration_seconds * 1000ull;
    run_steps(&attempt, 0, &end, &last_exit_code);
    return finish(runner, end, last_exit_code);
}

/* What the restart took counts as duration, by the computer's clock; a clock that went back has taken nothing. */
static uint64_t elapsed_ms(struct system *system, const struct journal_restart *restart)
{
    uint64_t instant = system_filetime(system);
    return restart->elapsed_ms + (instant > restart->filetime ? (instant - restart->filetime) / 10000 : 0);
}

static uint32_t resume(struct runner *runner, struct system *system, const char *name, const struct journal_restart *restart)
{
    struct attempt attempt = {.runner = runner, .system = system, .name = name, .run = restart->run, .restarts = restart->restarts};
    uint64_t spent_ms = elapsed_ms(system, restart), duration_ms = runner->plan.maximum_duration_seconds * 1000ull;
    struct step_result result = {.ended = STEP_EXITED, .succeeded = true};
    enum journal_end end = END_STOPPED_FAILURE;
    uint32_t position = restart->step, last_exit_code = 0;

    system_continue_journal(system, runner->journal.size_bytes);
    journal_resumed(&runner->journal);
    if (!restart->is_begun_by_step) journal_step_ended(&runner->journal, restart->run, position, &result);
    if (runner->journal.error) return runner->journal.error;
    /* The clock of a computer that has just started may show less than has been spent: the deadline is what counts. */
    uint64_t awake_ms = system_awake_ms(system), left_ms = spent_ms < duration_ms ? duration_ms - spent_ms : 0;
    attempt.deadline_ms = awake_ms + left_ms;
    attempt.begun_ms = attempt.deadline_ms - duration_ms;
    attempt.run++;
    if (follow_branch(&attempt, &position, true, &end)) run_steps(&attempt, position, &end, &last_exit_code);
    return finish(runner, end, last_exit_code);
}

/* Goes on after a restart that the runner has asked for or knew about, and after no other. */
static uint32_t resume_if_awaited(struct runner *runner, struct system *system, const char *name)
{
    struct journal_restart restart;
    uint8_t boot_id[BOOT_ID_BYTES];
    if (system_reopen_journal(system, name)) return 0;
    runner->journal.system = system;
    bool goes_on = journal_awaits_restart(&runner->journal, &restart) && restart.step < runner->plan.step_count &&
                   system_boot_id(system, boot_id) == 0 && memcmp(boot_id, restart.boot_id, BOOT_ID_BYTES) != 0;
    if (goes_on) return resume(runner, system, name, &restart);
    system_close_journal(system);
    return 0;
}

/* Started by a trigger: never begins. */
static uint32_t sweep_or_resume(struct runner *runner, struct system *system, const char *name)
{
    if (!read_plan(runner, system, name)) return 0;
    if (system_filetime(system) < runner->plan.retain_until) return resume_if_awaited(runner, system, name);
    return system_sweep(system, name);
}

/* Task Scheduler hands over $(Arg0) as it is when nobody filled it in. */
static bool is_unfilled(const char *argument)
{
    return argument[0] == 0 || strncmp(argument, "$(Arg", 5) == 0;
}

uint32_t runner_main(struct runner *runner, struct system *system, int count, const char *const *arguments)
{
    if (count < 1 || count > 2) return ERROR_WRONG_ARGUMENTS;
    if (!attempt_name_is_valid((const uint8_t *)arguments[0], strlen(arguments[0]))) return ERROR_WRONG_ARGUMENTS;
    if (count == 1 || is_unfilled(arguments[1])) return sweep_or_resume(runner, system, arguments[0]);
    if (strcmp(arguments[1], "begin") == 0) return begin(runner, system, arguments[0]);
    return ERROR_WRONG_ARGUMENTS;
}
