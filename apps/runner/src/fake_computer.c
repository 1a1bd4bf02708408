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
