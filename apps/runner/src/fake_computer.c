#include "fake_computer.h"

#include <stdio.h>
#include <string.h>

uint32_t system_claim(struct system *system, const char *attempt)
{
    (void)attempt;
    if (system->is_claimed) return ERROR_FILE_IS_THERE;
    system->is_claimed = true;
    return 0;
}

uint32_t system_append(struct system *system, const uint8_t *bytes, size_t size)
{
    if (++system->appends == system->failing_append || size > sizeof system->journal - system->journal_size) return 112;
    memcpy(system->journal + system->journal_size, bytes, size);
    system->journal_size += size;
    return 0;
}

uint32_t system_read_plan(struct system *system, const char *attempt, uint8_t *bytes, size_t capacity, size_t *size)
{
    (void)attempt;
    if (system->plan_size > capacity) return 234;
    memcpy(bytes, system->plan, system->plan_size);
    *size = system->plan_size;
    return 0;
}

uint64_t system_filetime(struct system *system) { return START_FILETIME + system->awake_ms * 10000; }

uint64_t system_boot_filetime(struct system *system)
{
    (void)system;
    return START_FILETIME - 600ull * 10000000;
}

uint64_t system_awake_ms(struct system *system) { return system->awake_ms; }

static uint32_t begin_step(struct system *system, const char *text)
{
    snprintf(system->started, sizeof system->started, "%s", text);
    system->starts++;
    if (system->events && system->events->start_error) return (system->events++)->start_error;
    system->is_running = true;
    return 0;
}

uint32_t system_start_process(struct system *system, const char *command_line) { return begin_step(system, command_line); }

uint32_t system_start_line(struct system *system, const char *line) { return begin_step(system, line); }

uint32_t system_start_script(struct system *system, const char *attempt, const char *script)
{
    (void)attempt;
    return begin_step(system, script);
}

enum system_event system_wait(struct system *system, uint32_t timeout_ms, struct system_report *report)
{
    const struct event *event = system->events;
    report->exit_code = 0;
    if (system->is_running && system->exits_at_once) {
        system->is_running = false;
        return EVENT_EXITED;
    }
    if (!system->is_running || event->kind == EVENT_TIMEOUT || event->ms - system->waited_ms > timeout_ms) {
        system->awake_ms += timeout_ms;
        if (system->is_running) system->waited_ms += timeout_ms;
        return EVENT_TIMEOUT;
    }
    system->awake_ms += event->ms - system->waited_ms;
    system->waited_ms = 0;
    system->events++;
    if (event->kind == EVENT_EXITED) system->is_running = false;
    report->exit_code = event->exit_code;
    if (event->text) {
        report->size = strlen(event->text);
        memcpy(report->bytes, event->text, report->size);
    }
    return event->kind;
}

void system_stop(struct system *system, uint32_t exit_code)
{
    static const struct event stopped[] = {{.kind = EVENT_EXITED}, {.kind = EVENT_TIMEOUT}};
    (void)exit_code;
    system->stops++;
    system->events = stopped;
    system->waited_ms = 0;
}

void system_stop_step(struct system *system, uint32_t exit_code)
{
    (void)exit_code;
    if (!system->is_running) return;
    system->step_stops++;
    system->is_running = false;
    /* What the step would have done does not happen any more. */
    while (system->events->kind != EVENT_TIMEOUT && system->events->kind != EVENT_EXITED) system->events++;
    if (system->events->kind == EVENT_EXITED) system->events++;
    system->waited_ms = 0;
}

bool system_is_running(struct system *system) { return system->is_running; }

uint32_t system_processes(struct system *system, struct process_entry *processes, uint32_t capacity)
{
    (void)capacity;
    memcpy(processes, system->processes, system->process_count * sizeof *processes);
    return system->process_count;
}

uint32_t system_end_process(struct system *system, const struct process_entry *process, bool force, bool *was_asked)
{
    *was_asked = true;
    if (force || !system->ignores_closing) system->ended[system->ended_count++] = process->id;
    return 0;
}

bool system_process_lives(struct system *system, const struct process_entry *process)
{
    for (uint32_t i = 0; i < system->ended_count; i++)
        if (system->ended[i] == process->id) return false;
    return true;
}

bool system_installer_is_busy(struct system *system)
{
    if (system->busy_installer_polls == 0) return false;
    system->busy_installer_polls--;
    return true;
}

uint32_t system_boot_id(struct system *system, uint8_t id[BOOT_ID_BYTES])
{
    memset(id, 0xB0 + system->boot, BOOT_ID_BYTES);
    return 0;
}

uint32_t system_restart(struct system *system, uint32_t delay_seconds, const char *message)
{
    (void)delay_seconds, (void)message;
    system->restarts++;
    return 0;
}

void system_abort_restart(struct system *system) { system->aborts++; }

uint32_t system_reopen_journal(struct system *system, const char *attempt)
{
    (void)attempt;
    return system->is_claimed ? 0 : ERROR_NOT_THERE;
}

size_t system_read_journal(struct system *system, uint64_t offset, uint8_t *bytes, size_t size)
{
    size_t left = offset < system->journal_size ? system->journal_size - (size_t)offset : 0;
    if (size > left) size = left;
    memcpy(bytes, system->journal + offset, size);
    return size;
}

void system_continue_journal(struct system *system, uint64_t size) { system->journal_size = (size_t)size; }

void system_close_journal(struct system *system) { (void)system; }

uint32_t system_message(struct system *system, const char *title, const char *text, uint32_t seconds, uint32_t *count)
{
    (void)title, (void)text, (void)seconds;
    system->messages++;
    *count = 2;
    return 0;
}

uint32_t system_copy(struct system *system, struct copy_order *order)
{
    (void)system;
    order->copied = order->go_on(order->context) ? 3 : 0;
    return strcmp(order->from, "C:\\none") == 0 ? ERROR_NOT_THERE : 0;
}

/* ISO 8859-1 stands for the console's code page. */
size_t system_text(struct system *system, const uint8_t *bytes, size_t size, uint8_t *utf8, size_t capacity)
{
    size_t length = 0;
    (void)system;
    for (size_t i = 0; i < size && length + 2 <= capacity; i++) {
        if (bytes[i] >= 0x80) utf8[length++] = (uint8_t)(0xC0 | bytes[i] >> 6);
        utf8[length++] = bytes[i] < 0x80 ? bytes[i] : (uint8_t)(0x80 | (bytes[i] & 0x3F));
    }
    return length;
}

uint32_t system_sweep(struct system *system, const char *attempt)
{
    (void)attempt;
    system->sweeps++;
    return 0;
}
