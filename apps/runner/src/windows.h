/* What the windows_*.c files share: the handles and buffers of one attempt. */
#ifndef DROVER_WINDOWS_H
#define DROVER_WINDOWS_H

#define WIN32_LEAN_AND_MEAN
#define _WIN32_WINNT 0x0600
#include <windows.h>

#include "runner.h"

#define PATH_UNITS 512u

/* A job for each step, so that one can be ended alone. Jobs whose processes have all ended are used again; when so many are
   busy, the last one serves several steps. */
enum { JOBS_MAX = 32, COPY_PATH_UNITS = 4096 };

struct system {
    wchar_t folder[PATH_UNITS];        /* C:\Windows\Drover\, ended with a backslash */
    wchar_t system_folder[PATH_UNITS]; /* C:\Windows\System32 */
    wchar_t script_path[PATH_UNITS];   /* empty when no script is there */
    HANDLE journal;
    uint64_t journal_size;
    HANDLE jobs[JOBS_MAX];
    uint32_t job_count;
    HANDLE job; /* of the step that goes on, or the last one */
    HANDLE process;
    HANDLE output;
    uint32_t pipes; /* how many there have been: each has a name of its own */
    OVERLAPPED read;
    bool is_reading;
    HKEY key;
    HANDLE key_changed;
    bool is_watching_key;
    bool is_cancel_told;
    wchar_t line[COMMAND_BYTES_MAX];
    wchar_t command_line[COMMAND_BYTES_MAX + PATH_UNITS];
    wchar_t wide[SCRIPT_BYTES_MAX];
    char narrow[2 * SCRIPT_BYTES_MAX];
    struct value_facts value;
    wchar_t text[TEXT_BYTES_MAX + 1];
    wchar_t expanded[TEXT_BYTES_MAX + 1];
    wchar_t copy_from[COPY_PATH_UNITS];
    wchar_t copy_to[COPY_PATH_UNITS];
};

/* `folder` + attempt + `ending`; the attempt's name is known to be harmless. */
void windows_attempt_path(const struct system *system, const char *attempt, const wchar_t *ending, wchar_t *path);

/* Opens the attempt's key in the 64-bit view. */
uint32_t windows_open_key(const char *attempt, REGSAM access, HKEY *key);

/* UTF-8 as UTF-16, into system->text, cut where it does not fit. */
const wchar_t *windows_wide(struct system *system, const char *utf8);

/* UTF-16 as UTF-8, cut where it does not fit. */
void windows_narrow(const wchar_t *wide, char *utf8, size_t capacity);

/* Lets programs that the steps left running live on. */
void windows_release_jobs(struct system *system);

#endif
