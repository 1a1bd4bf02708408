/* The runner's decisions (runner.c) and the system they act on. main_windows.c is that system on a computer, fake_computer.c a
   fake one for `make check`. Texts are UTF-8; times are FILETIME; errors are Windows error codes, 0 is none. */
#ifndef DROVER_RUNNER_H
#define DROVER_RUNNER_H

#include "criteria.h"
#include "journal.h"
#include "output.h"
#include "script.h"

#define RUNNER_VERSION "0.2.0"

enum {
    ERROR_NOT_THERE = 2,            /* ERROR_FILE_NOT_FOUND */
    ERROR_FILE_IS_THERE = 80,       /* ERROR_FILE_EXISTS */
    ERROR_NO_PROCESS = 128,         /* what taskkill says; ERROR_WAIT_NO_CHILDREN */
    ERROR_NO_PRODUCT = 1605,        /* ERROR_UNKNOWN_PRODUCT */
    ERROR_TOO_MANY_RESTARTS = 1816, /* ERROR_NOT_ENOUGH_QUOTA */
    ERROR_DAMAGED_PLAN = 13,        /* ERROR_INVALID_DATA */
    ERROR_WRONG_ARGUMENTS = 87,     /* ERROR_INVALID_PARAMETER */
    ERROR_SECOND_START = 183,       /* ERROR_ALREADY_EXISTS */
    ERROR_STEP_CANCELLED = 1223,    /* ERROR_CANCELLED */
    ERROR_DURATION_PASSED = 1460,   /* ERROR_TIMEOUT */
    ERROR_SCRIPT_TOO_LONG = 24      /* ERROR_BAD_LENGTH */
};

enum { PRODUCTS_MAX = 64, PRODUCT_CODE_BYTES = 39, PROCESSES_MAX = 2048, PROCESS_NAME_BYTES = 256 };

struct process_entry {
    uint32_t id, parent;
    uint64_t created; /* FILETIME, 0 when it is not known */
    char name[PROCESS_NAME_BYTES];
    bool is_chosen;
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
    struct criteria_work criteria;
    char text[TEXT_BYTES_MAX + 1], second_text[TEXT_BYTES_MAX + 1];
    char product_codes[PRODUCTS_MAX][PRODUCT_CODE_BYTES];
    struct process_entry processes[PROCESSES_MAX];
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

/* Starts a program as its command line says, after %NAME% in it has been replaced. */
uint32_t system_start_process(struct system *system, const char *command_line);

/* Starts Command Prompt on a batch file with this content. */
uint32_t system_start_script(struct system *system, const char *attempt, const char *script);

/* Waits for the first thing to happen. All output comes before EVENT_EXITED; a cancel is told once. Works without a started
   step, too. */
enum system_event system_wait(struct system *system, uint32_t timeout_ms, struct system_report *report);

/* Whether a started step has not been reported as EVENT_EXITED. */
bool system_is_running(struct system *system);

/* Ends every process that the steps have started and left. */
void system_stop(struct system *system, uint32_t exit_code);

/* Ends the processes of the step that goes on, and of no other where there is a job for each. */
void system_stop_step(struct system *system, uint32_t exit_code);

/* At most `capacity` of the computer's processes; the runner's own is not among them. */
uint32_t system_processes(struct system *system, struct process_entry *processes, uint32_t capacity);

/* By force, or by asking its windows to close. `was_asked`: it had windows to ask. */
uint32_t system_end_process(struct system *system, const struct process_entry *process, bool force, bool *was_asked);

bool system_process_lives(struct system *system, const struct process_entry *process);

/* Whether the Windows Installer is at work on something. */
bool system_installer_is_busy(struct system *system);

/* Stays the same until the computer restarts. */
uint32_t system_boot_id(struct system *system, uint8_t id[BOOT_ID_BYTES]);

uint32_t system_restart(struct system *system, uint32_t delay_seconds, const char *message);

void system_abort_restart(struct system *system);

/* Opens the journal of an earlier start; ERROR_NOT_THERE, or another error while a runner holds it. */
uint32_t system_reopen_journal(struct system *system, const char *attempt);

/* Returns how many bytes were read. */
size_t system_read_journal(struct system *system, uint64_t offset, uint8_t *bytes, size_t size);

/* Where system_append writes next. */
void system_continue_journal(struct system *system, uint64_t size);

void system_close_journal(struct system *system);

/* Shows a text to everybody who is logged on; `count` is how many. */
uint32_t system_message(struct system *system, const char *title, const char *text, uint32_t seconds, uint32_t *count);

struct copy_order {
    const char *from, *to; /* expanded */
    bool recurse, only_newer, never_overwrite;
    void *context;
    bool (*go_on)(void *context);                /* asked again and again */
    void (*say)(void *context, const char *line); /* told about each file that failed */
    uint32_t copied, skipped, failed;
};

/* The first error, or 0. */
uint32_t system_copy(struct system *system, struct copy_order *order);

/* Bytes in the console's code page as UTF-8; returns its size, at most `capacity`. */
size_t system_text(struct system *system, const uint8_t *bytes, size_t size, uint8_t *utf8, size_t capacity);

/* Deletes the attempt's key, script and journal. */
uint32_t system_sweep(struct system *system, const char *attempt);

#endif
