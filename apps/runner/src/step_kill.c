/* KillProcess: by name or by number, with what the processes have started. */
#include "attempt.h"

#include <string.h>

enum { CLOSE_WAIT_MS = 10 * 1000, CLOSE_POLL_MS = 250, EXIT_NOT_ENDED = 1 };

static bool is_wanted(struct attempt *attempt, const struct plan_step *step, const struct process_entry *process)
{
    struct criteria_work *work = &attempt->runner->criteria;
    if (step->fields[FIELD_NUMBER].bytes) return process->id == step->number;
    system_upper(attempt->system, slice_text(step->fields[FIELD_TEXT], work->wanted), work->left, sizeof work->left);
    system_upper(attempt->system, process->name, work->right, sizeof work->right);
    return matches_pattern(work->left, work->right);
}

/* A process number is used again: a child is never older than its parent. */
static bool is_child(const struct process_entry *child, const struct process_entry *parent)
{
    return child->parent == parent->id && child->id != parent->id && child->created >= parent->created;
}

static uint32_t choose(struct attempt *attempt, const struct plan_step *step, uint32_t count)
{
    struct process_entry *processes = attempt->runner->processes;
    uint32_t chosen = 0;
    for (uint32_t i = 0; i < count; i++) {
        processes[i].is_chosen = is_wanted(attempt, step, &processes[i]);
        chosen += processes[i].is_chosen;
    }
    bool is_growing = (step->flags & FLAG_CHILDREN) != 0;
    while (is_growing) {
        is_growing = false;
        for (uint32_t i = 0; i < count; i++) {
            if (!processes[i].is_chosen) continue;
            for (uint32_t j = 0; j < count; j++) {
                if (processes[j].is_chosen || !is_child(&processes[j], &processes[i])) continue;
                processes[j].is_chosen = is_growing = true;
                chosen++;
            }
        }
    }
    return chosen;
}

static void say_process(struct attempt *attempt, const struct process_entry *process, const char *what, uint32_t error)
{
    char line_text[PROCESS_NAME_BYTES + 128];
    struct text line = text_in(line_text, sizeof line_text);
    text_put(&line, process->name);
    text_put(&line, " (");
    text_put_number(&line, process->id);
    text_put(&line, ") ");
    text_put(&line, what);
    if (error) text_put_number(&line, error);
    text_put(&line, "\r\n");
    attempt_say(attempt, line.start);
}

/* Those that do not want to end have a while to, together. */
static enum why await_end(struct attempt *attempt, uint32_t count, bool *all_ended)
{
    const struct process_entry *processes = attempt->runner->processes;
    uint64_t give_up_ms = system_awake_ms(attempt->system) + CLOSE_WAIT_MS;
    for (;;) {
        *all_ended = true;
        for (uint32_t i = 0; i < count && *all_ended; i++)
            *all_ended = !processes[i].is_chosen || !system_process_lives(attempt->system, &processes[i]);
        uint64_t awake_ms = system_awake_ms(attempt->system);
        if (*all_ended || awake_ms >= give_up_ms) return GO_ON;
        enum why why = attempt_wait_until(attempt, awake_ms + CLOSE_POLL_MS);
        if (why != GO_ON) return why;
    }
}

enum why kill_perform(struct attempt *attempt, const struct plan_step *step, struct step_result *result)
{
    struct process_entry *processes = attempt->runner->processes;
    const bool force = (step->flags & FLAG_FORCE) != 0;
    bool all_ended = true;
    uint32_t count = system_processes(attempt->system, processes, PROCESSES_MAX);
    if (choose(attempt, step, count) == 0) {
        attempt_say(attempt, "no such process\r\n");
        result->exit_code = ERROR_NO_PROCESS;
        return GO_ON;
    }
    for (uint32_t i = 0; i < count; i++) {
        bool was_asked = false;
        if (!processes[i].is_chosen) continue;
        uint32_t error = system_end_process(attempt->system, &processes[i], force, &was_asked);
        if (error && !system_process_lives(attempt->system, &processes[i])) error = 0;
        if (error) say_process(attempt, &processes[i], "cannot be ended: error ", error);
        else if (!force && !was_asked) say_process(attempt, &processes[i], "has no window that could close; it needs force", 0);
        else say_process(attempt, &processes[i], force ? "ended" : "asked to close", 0);
    }
    enum why why = await_end(attempt, count, &all_ended);
    for (uint32_t i = 0; i < count && !all_ended; i++)
        if (processes[i].is_chosen && system_process_lives(attempt->system, &processes[i]))
            say_process(attempt, &processes[i], "still runs", 0);
    result->exit_code = all_ended ? 0 : EXIT_NOT_ENDED;
    result->succeeded = all_ended;
    return why;
}
