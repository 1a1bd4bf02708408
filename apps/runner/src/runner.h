/* The runner's decisions (runner.c) and the system they act on. main_windows.c is that system on a computer, fake_computer.c a
   fake one for `make check`. Texts are UTF-8; times are FILETIME; errors are Windows error codes, 0 is none. */
#ifndef DROVER_RUNNER_H
#define DROVER_RUNNER_H

#include "journal.h"
#include "output.h"
#include "plan.h"
#include "script.h"

#define RUNNER_VERSION "0.1.0"

enum {
    ERROR_FILE_IS_THERE = 80,       /* ERROR_FILE_EXISTS */
    ERROR_DAMAGED_PLAN = 13,        /* ERROR_INVALID_DATA */
    ERROR_WRONG_ARGUMENTS = 87,     /* ERROR_INVALID_PARAMETER */
    ERROR_SECOND_START = 183,       /* ERROR_ALREADY_EXISTS */
    ERROR_STEP_CANCELLED = 1223,    /* ERROR_CANCELLED */
    ERROR_DURATION_PASSED = 1460,   /* ERROR_TIMEOUT */
    ERROR_SCRIPT_TOO_LONG = 24      /* ERROR_BAD_LENGTH */
};

/* Everything the runner needs, reserved at start-up: there is no heap after it. */
struct runner {
    struct plan plan;
    struct journal journal;
    struct output output;
    uint8_t plan_bytes[PLAN_BYTES_MAX];
    char command[COMMAND_BYTES_MAX + 1];
    char script[SCRIPT_BYTES_MAX];
    uint8_t chunk[OUTPUT_CHUNK_BYTES];
};

/* Carries out the command line of docs/plan-format.md; `count` excludes the program's name. Returns the exit code. */
uint32_t runner_main(struct runner *runner, struct system *system, int count, const char *const *arguments);

/* What the runner needs of the system. */

enum system_event { EVENT_TIMEOUT, EVENT_OUTPUT, EVENT_EXITED, EVENT_CANCELLED };

struct system_report {
    uint8_t *bytes;     /* in: where output goes, the same for the whole attempt; holds OUTPUT_CHUNK_BYTES */
    size_t size;        /* out, with EVENT_OUTPUT */
    uint32_t exit_code; /* out, with EVENT_EXITED */
};

/* Creates the attempt's journal; an existing one is ERROR_FILE_IS_THERE and stays as it is. */
uint32_t system_claim(struct system *system, const char *attempt);

/* Appends to the journal; on the disk when it returns. */
uint32_t system_append(struct system *system, const uint8_t *bytes, size_t size);

uint32_t system_read_plan(struct system *system, const char *attempt, uint8_t *bytes, size_t capacity, size_t *size);

uint64_t system_filetime(struct system *system);

uint64_t system_boot_filetime(struct system *system);

/* Milliseconds that do not count while the computer sleeps. */
uint64_t system_awake_ms(struct system *system);

/* Starts Command Prompt on one line, which it gets exactly as it stands. */
uint32_t system_start_line(struct system *system, const char *line);

/* Starts Command Prompt on a batch file with this content. */
uint32_t system_start_script(struct system *system, const char *attempt, const char *script);

/* Waits for the first thing to happen. All output comes before EVENT_EXITED; a cancel is told once. Works without a started
   step, too. */
enum system_event system_wait(struct system *system, uint32_t timeout_ms, struct system_report *report);

/* Ends every process that the steps have started and left. */
void system_stop(struct system *system, uint32_t exit_code);

/* Bytes in the console's code page as UTF-8; returns its size, at most `capacity`. */
size_t system_text(struct system *system, const uint8_t *bytes, size_t size, uint8_t *utf8, size_t capacity);

/* Deletes the attempt's key, script and journal. */
uint32_t system_sweep(struct system *system, const char *attempt);

#endif
