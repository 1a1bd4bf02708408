/* Steps that run processes, whose exit codes decide: commands, programs and the removal of products. */
#include "attempt.h"

#include <string.h>

enum why process_watch(struct attempt *attempt, struct step_result *result)
{
    struct output *output = &attempt->runner->output;
    struct system_report report = {.bytes = attempt->runner->chunk};
    uint64_t flush_ms = UINT64_MAX;
    for (;;) {
        uint64_t awake_ms = system_awake_ms(attempt->system);
        uint64_t until_ms = flush_ms < attempt->step_deadline_ms ? flush_ms : attempt->step_deadline_ms;
        uint64_t left_ms = until_ms > awake_ms ? until_ms - awake_ms : 0;
        switch (system_wait(attempt->system, left_ms > 0x7FFFFFFF ? 0x7FFFFFFF : (uint32_t)left_ms, &report)) {
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
        awake_ms = system_awake_ms(attempt->system);
        if (awake_ms >= attempt->deadline_ms) return WHY_DURATION;
        if (awake_ms >= attempt->step_deadline_ms) return WHY_STEP_TIME;
        if (awake_ms >= flush_ms) {
            output_flush(output);
            flush_ms = UINT64_MAX;
        }
        if (flush_ms == UINT64_MAX && output_is_waiting(output)) flush_ms = awake_ms + OUTPUT_FLUSH_MS;
        if (attempt->runner->journal.error) return WHY_JOURNAL;
    }
}

static void judge(const struct plan_step *step, struct step_result *result)
{
    result->meaning = plan_exit_meaning(step, result->exit_code);
    result->succeeded = result->meaning < MEANS_TRY_AGAIN;
}

static uint32_t start_step(struct attempt *attempt, const struct plan_step *step)
{
    struct runner *runner = attempt->runner;
    slice_text(step->fields[FIELD_COMMAND], runner->command);
    if (step->type == STEP_PROCESS) return system_start_process(attempt->system, runner->command);
    const char *line = script_single_line(runner->command);
    if (line) return system_start_line(attempt->system, line);
    if (!script_write(runner->command, runner->script, sizeof runner->script)) return ERROR_SCRIPT_TOO_LONG;
    return system_start_script(attempt->system, attempt->name, runner->script);
}

enum why process_perform(struct attempt *attempt, const struct plan_step *step, struct step_result *result)
{
    result->windows_error = start_step(attempt, step);
    if (result->windows_error) return GO_ON;
    enum why why = process_watch(attempt, result);
    if (why == GO_ON) judge(step, result);
    return why;
}

static bool is_known(const struct runner *runner, uint32_t count, const char *code)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(runner->product_codes[i], code) == 0) return true;
    return false;
}

/* Collects the product codes of what fits, each once, although it may be in both views. */
static uint32_t find_products(struct attempt *attempt, const struct plan_step *step)
{
    struct runner *runner = attempt->runner;
    struct criteria_work *work = &runner->criteria;
    const struct slice *fields = step->fields;
    struct slice version = fields[FIELD_VERSION];
    const char *name = slice_text(fields[FIELD_TEXT], work->subject);
    const char *publisher = slice_text(fields[FIELD_SECOND_TEXT], work->detail);
    enum comparison comparison = version.bytes ? (enum comparison)version.bytes[0] : OPERATOR_NONE;
    const char *wanted = version.bytes ? slice_text((struct slice){version.bytes + 1, version.size - 1}, work->wanted) : NULL;
    uint32_t count = 0;
    work->system = attempt->system;
    for (enum registry_view view = VIEW_64; view <= VIEW_32; view++) {
        for (uint32_t i = 0; count < PRODUCTS_MAX && system_uninstall_entry(attempt->system, view, i, &work->entry); i++) {
            struct uninstall_entry *entry = &work->entry;
            if (!entry->is_msi || strlen(entry->key) != PRODUCT_CODE_BYTES - 1 || entry->key[0] != '{') continue;
            if (!uninstall_entry_fits(work, entry, name, publisher, comparison, wanted)) continue;
            if (is_known(runner, count, entry->key)) continue;
            memcpy(runner->product_codes[count++], entry->key, PRODUCT_CODE_BYTES);
            struct text line = text_in(work->line_text, sizeof work->line_text);
            text_put(&line, "found ");
            text_put(&line, entry->name);
            text_put(&line, " ");
            text_put(&line, entry->version);
            text_put(&line, " ");
            text_put(&line, entry->key);
            text_put(&line, "\r\n");
            attempt_say(attempt, line.start);
        }
    }
    return count;
}

static enum why remove_product(struct attempt *attempt, const char *code, struct step_result *result)
{
    struct text line = text_in(attempt->runner->command, sizeof attempt->runner->command);
    text_put(&line, "msiexec.exe /x");
    text_put(&line, code);
    text_put(&line, " /qn /norestart");
    attempt_say(attempt, line.start);
    result->windows_error = system_start_process(attempt->system, line.start);
    enum why why = result->windows_error ? GO_ON : process_watch(attempt, result);
    line = text_in(attempt->runner->command, sizeof attempt->runner->command);
    text_put(&line, ": ");
    text_put_number(&line, result->windows_error ? result->windows_error : result->exit_code);
    text_put(&line, "\r\n");
    if (why == GO_ON) attempt_say(attempt, line.start);
    return why;
}

/* The step's result is that of the product that went worst: a failure, a restart, success. */
enum why uninstall_perform(struct attempt *attempt, const struct plan_step *step, struct step_result *result)
{
    struct runner *runner = attempt->runner;
    uint32_t count = 1;
    if (step->fields[FIELD_PRODUCT_CODE].bytes) {
        struct slice code = step->fields[FIELD_PRODUCT_CODE];
        struct text text = text_in(runner->product_codes[0], PRODUCT_CODE_BYTES);
        text_put_bytes(&text, code.bytes, code.size);
    } else {
        count = find_products(attempt, step);
    }
    result->exit_code = ERROR_NO_PRODUCT;
    judge(step, result);
    for (uint32_t i = 0; i < count; i++) {
        struct step_result one = {.ended = STEP_EXITED};
        enum why why = remove_product(attempt, runner->product_codes[i], &one);
        if (why != GO_ON) return why;
        if (one.windows_error) {
            *result = one;
            return GO_ON;
        }
        judge(step, &one);
        if (i == 0 || one.meaning > result->meaning) *result = one;
    }
    return GO_ON;
}
