/* What main_windows.c and windows_step.c share: the handles of one attempt. */
#ifndef DROVER_WINDOWS_H
#define DROVER_WINDOWS_H

#define WIN32_LEAN_AND_MEAN
#define _WIN32_WINNT 0x0600
#include <windows.h>

#include "runner.h"

#define PATH_UNITS 512u

struct system {
    wchar_t folder[PATH_UNITS];        /* C:\Windows\Drover\, ended with a backslash */
    wchar_t system_folder[PATH_UNITS]; /* C:\Windows\System32 */
    wchar_t script_path[PATH_UNITS];   /* empty when no script is there */
    HANDLE journal;
    uint64_t journal_size;
    HANDLE job;
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
};

/* `folder` + attempt + `ending`; the attempt's name is known to be harmless. */
void windows_attempt_path(const struct system *system, const char *attempt, const wchar_t *ending, wchar_t *path);

/* Opens the attempt's key in the 64-bit view. */
uint32_t windows_open_key(const char *attempt, REGSAM access, HKEY *key);

/* Creates the job; called once before the first step. */
uint32_t windows_prepare_job(struct system *system);

/* Lets programs that the steps left running live on. */
void windows_release_job(struct system *system);

#endif
