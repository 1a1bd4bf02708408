/* What each type of step does. Those that run a process are in step_process.c; the others say in their output what they did. */
#include "attempt.h"

#include <string.h>

/* How long an operating system may take from being asked for a restart until it ends the runner. */
enum { RESTART_WAIT_MS = 600 * 1000, RESTARTS_MAX = 10 };

void attempt_say(struct attempt *attempt, const char *line)
{
    output_add(&attempt->runner->output, (const uint8_t *)line, strlen(line));
}

static void say_to_attempt(void *context, const char *line) { attempt_say(context, line); }

enum why attempt_wait_until(struct attempt *attempt, uint64_t instant_ms)
{
    struct system_report report = {.bytes = attempt->runner->chunk};
    uint64_t until_ms = instant_ms < attempt->step_deadline_ms ? instant_ms : attempt->step_deadline_ms;
    for (;;) {
        uint64_t awake_ms = system_awake_ms(attempt->system);
        uint64_t left_ms = until_ms > awake_ms ? until_ms - awake_ms : 0;
        uint32_t wait_ms = left_ms > 0x7FFFFFFF ? 0x7FFFFFFF : (uint32_t)left_ms;
        if (system_wait(attempt->system, wait_ms, &report) == EVENT_CANCELLED) return WHY_CANCELLED;
        awake_ms = system_awake_ms(attempt->system);
        if (awake_ms >= attempt->deadline_ms) return WHY_DURATION;
        if (awake_ms >= attempt->step_deadline_ms) return WHY_STEP_TIME;
        if (attempt->runner->journal.error) return WHY_JOURNAL;
        if (awake_ms >= instant_ms) return GO_ON;
    }
}

enum why attempt_look(struct attempt *attempt) { return attempt_wait_until(attempt, 0); }

static enum why condition_perform(struct attempt *attempt, const struct plan_step *step, struct step_result *result)
{
    struct criteria_work *work = &attempt->runner->criteria;
    work->system = attempt->system;
    work->say = say_to_attempt;
    work->context = attempt;
    result->succeeded = criteria_hold(work, step->fields[FIELD_CRITERIA]);
    result->exit_code = result->succeeded ? 0 : 1;
    return attempt_look(attempt);
}

static enum why wait_perform(struct attempt *attempt, const struct plan_step *step, struct step_result *result)
{
    result->succeeded = true;
    return attempt_wait_until(attempt, system_awake_ms(attempt->system) + step->number * 1000ull);
}

static enum why message_perform(struct attempt *attempt, const struct plan_step *step, struct step_result *result)
{
    struct runner *runner = attempt->runner;
    char line_text[64];
    struct text line = text_in(line_text, sizeof line_text);
    uint32_t count = 0;
    const char *text = slice_text(step->fields[FIELD_TEXT], runner->text);
    const char *title = slice_text(step->fields[FIELD_SECOND_TEXT], runner->second_text);
    result->windows_error = system_message(attempt->system, title, text, step->number, &count);
    result->succeeded = result->windows_error == 0;
    text_put(&line, "shown to ");
    text_put_number(&line, count);
    text_put(&line, " users\r\n");
    attempt_say(attempt, line.start);
    return GO_ON;
}

struct copying {
    struct attempt *attempt;
    enum why why;
};

static bool copying_goes_on(void *context)
{
    struct copying *copying = context;
    if (copying->why == GO_ON) copying->why = attempt_look(copying->attempt);
    return copying->why == GO_ON;
}

static void copying_says(void *context, const char *line) { attempt_say(((struct copying *)context)->attempt, line); }

static enum why copy_perform(struct attempt *attempt, const struct plan_step *step, struct step_result *result)
{
    struct runner *runner = attempt->runner;
    struct copying copying = {attempt, GO_ON};
    char line_text[128];
    struct text line = text_in(line_text, sizeof line_text);
    slice_text(step->fields[FIELD_TEXT], runner->criteria.left);
    slice_text(step->fields[FIELD_SECOND_TEXT], runner->criteria.right);
    system_expand(attempt->system, runner->criteria.left, runner->text, sizeof runner->text);
    system_expand(attempt->system, runner->criteria.right, runner->second_text, sizeof runner->second_text);
    struct copy_order order = {
        .from = runner->text,
        .to = runner->second_text,
        .recurse = (step->flags & FLAG_RECURSE) != 0,
        .only_newer = (step->flags & FLAG_ONLY_NEWER) != 0,
        .never_overwrite = (step->flags & FLAG_NEVER_OVERWRITE) != 0,
        .context = &copying,
        .go_on = copying_goes_on,
        .say = copying_says,
    };
    result->exit_code = system_copy(attempt->system, &order);
    result->succeeded = result->exit_code == 0;
    text_put_number(&line, order.copied);
    text_put(&line, " files copied, ");
    text_put_number(&line, order.skipped);
    text_put(&line, " left as they were, ");
    text_put_number(&line, order.failed);
    text_put(&line, " failed\r\n");
    attempt_say(attempt, line.start);
    return copying.why;
}

/* Writes down what a runner has to know that goes on after the restart. */
static uint32_t note_restart(struct attempt *attempt, uint32_t position, bool is_begun_by_step)
{
    struct journal_restart restart = {
        .run = attempt->run,
        .step = position,
        .elapsed_ms = system_awake_ms(attempt->system) - attempt->begun_ms,
        .restarts = attempt->restarts + 1,
        .is_begun_by_step = is_begun_by_step,
    };
    if (attempt->restarts >= RESTARTS_MAX) return ERROR_TOO_MANY_RESTARTS;
    uint32_t error = system_boot_id(attempt->system, restart.boot_id);
    if (error) return error;
    output_flush(&attempt->runner->output);
    journal_restart(&attempt->runner->journal, &restart);
    return attempt->runner->journal.error;
}

enum why restart_perform(struct attempt *attempt, uint32_t position, struct step_result *result)
{
    const struct plan_step *step = &attempt->runner->plan.steps[position];
    const char *message = slice_text(step->fields[FIELD_TEXT], attempt->runner->text);
    result->windows_error = note_restart(attempt, position, false);
    if (attempt->runner->journal.error) return WHY_JOURNAL;
    if (!result->windows_error) result->windows_error = system_restart(attempt->system, step->number, message);
    if (result->windows_error) return GO_ON;
    uint64_t give_up_ms = system_awake_ms(attempt->system) + step->number * 1000ull + RESTART_WAIT_MS;
    enum why why = attempt_wait_until(attempt, give_up_ms);
    /* Still here: what was asked for must not happen later. */
    system_abort_restart(attempt->system);
    if (why == GO_ON) result->exit_code = ERROR_DURATION_PASSED;
    return why;
}

enum why restart_await(struct attempt *attempt, uint32_t position)
{
    /* Without the note nothing goes on after the restart, which is then told as an interruption. */
    if (note_restart(attempt, position, true)) return attempt->runner->journal.error ? WHY_JOURNAL : GO_ON;
    attempt->step_deadline_ms = attempt->deadline_ms;
    return attempt_wait_until(attempt, system_awake_ms(attempt->system) + RESTART_WAIT_MS);
}

enum why step_perform(struct attempt *attempt, uint32_t position, struct step_result *result)
{
    const struct plan_step *step = &attempt->runner->plan.steps[position];
    switch (step->type) {
    case STEP_COMMAND:
    case STEP_PROCESS: return process_perform(attempt, step, result);
    case STEP_KILL_PROCESS: return kill_perform(attempt, step, result);
    case STEP_CONDITION: return condition_perform(attempt, step, result);
    case STEP_MSI_UNINSTALL: return uninstall_perform(attempt, step, result);
    case STEP_RESTART: return restart_perform(attempt, position, result);
    case STEP_COPY_FILES: return copy_perform(attempt, step, result);
    case STEP_WAIT: return wait_perform(attempt, step, result);
    case STEP_MESSAGE: return message_perform(attempt, step, result);
    }
    result->windows_error = ERROR_DAMAGED_PLAN;
    return GO_ON;
}
