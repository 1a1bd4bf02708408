/* The computer of `make check`: it only does what a test has written down, and keeps what the runner did to it. */
#ifndef DROVER_FAKE_COMPUTER_H
#define DROVER_FAKE_COMPUTER_H

#include "runner.h"

/* 2026-11-21 05:00 UTC, when every vector begins. */
#define START_FILETIME 134397108000000000ull

struct event {
    enum system_event kind; /* EVENT_TIMEOUT ends the list */
    uint32_t ms;            /* after the event before */
    const char *text;
    uint32_t exit_code;
    uint32_t start_error; /* of the next start; no event then */
};

struct system {
    const struct event *events;
    uint64_t awake_ms;
    uint64_t waited_ms; /* since the event before */
    bool is_running;
    bool exits_at_once; /* each step exits with 0 as soon as it is watched */
    bool is_claimed;
    unsigned appends, failing_append; /* counted from 1; that one alone fails */
    unsigned starts, stops, step_stops, sweeps;
    unsigned busy_installer_polls; /* how often the Windows Installer is still at work when asked */
    unsigned restarts, aborts, messages;
    uint8_t boot; /* a restart counts it up */
    struct process_entry processes[8];
    uint32_t process_count;
    uint32_t ended[8], ended_count; /* processes by force */
    bool ignores_closing;
    char **facts; /* the lines of criteria/computer.txt, parts ended with NUL, ended with NULL; or NULL */
    char started[SCRIPT_BYTES_MAX];
    uint8_t plan[PLAN_BYTES_MAX];
    size_t plan_size;
    uint8_t journal[4u << 20];
    size_t journal_size;
};

#endif
