/* Restarts: asking for one, knowing that there has been one, and the journal of an earlier start. */
#include "windows.h"

#include <string.h>

/* A volatile key is gone after a restart, so what is in it names the time between two of them. */
uint32_t system_boot_id(struct system *system, uint8_t id[BOOT_ID_BYTES])
{
    static const wchar_t path[] = L"SOFTWARE\\Drover\\boot", name[] = L"id";
    HKEY key;
    DWORD disposition = 0, type = 0, size = BOOT_ID_BYTES;
    LARGE_INTEGER counter;
    (void)system;
    LONG error = RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, REG_OPTION_VOLATILE, KEY_QUERY_VALUE | KEY_SET_VALUE | KEY_WOW64_64KEY,
                                 NULL, &key, &disposition);
    if (error) return (uint32_t)error;
    error = RegQueryValueExW(key, name, NULL, &type, id, &size);
    if (error || type != REG_BINARY || size != BOOT_ID_BYTES) {
        /* It only has to differ from those of other starts of the computer, and nobody gains by guessing it. */
        QueryPerformanceCounter(&counter);
        put_u64(put_u64(id, system_filetime(system)), (uint64_t)counter.QuadPart ^ (uint64_t)GetCurrentProcessId() << 32);
        error = RegSetValueExW(key, name, 0, REG_BINARY, id, BOOT_ID_BYTES);
    }
    RegCloseKey(key);
    return (uint32_t)error;
}

/* ERROR_SHUTDOWN_IS_SCHEDULED, [MS-ERREF] 2.2. */
enum { SHUTDOWN_IS_SCHEDULED = 1190 };

static uint32_t take_shutdown_privilege(void)
{
    TOKEN_PRIVILEGES privileges = {.PrivilegeCount = 1, .Privileges[0].Attributes = SE_PRIVILEGE_ENABLED};
    HANDLE token;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, &token)) return GetLastError();
    uint32_t error = 0;
    if (!LookupPrivilegeValueW(NULL, SE_SHUTDOWN_NAME, &privileges.Privileges[0].Luid)) error = GetLastError();
    /* It succeeds without having given it, too: then the last error says so. */
    if (!error && !AdjustTokenPrivileges(token, FALSE, &privileges, 0, NULL, NULL)) error = GetLastError();
    else if (!error) error = GetLastError();
    CloseHandle(token);
    return error;
}

uint32_t system_restart(struct system *system, uint32_t delay_seconds, const char *message)
{
    /* [MS-RSP] 2.3: other, planned. */
    const DWORD reason = SHTDN_REASON_MAJOR_APPLICATION | SHTDN_REASON_MINOR_INSTALLATION | SHTDN_REASON_FLAG_PLANNED;
    uint32_t error = take_shutdown_privilege();
    if (error) return error;
    wchar_t *text = message[0] ? (wchar_t *)windows_wide(system, message) : NULL;
    if (InitiateSystemShutdownExW(NULL, text, delay_seconds, TRUE, TRUE, reason)) return 0;
    error = GetLastError();
    /* Somebody has asked before: it restarts as well. */
    return error == ERROR_SHUTDOWN_IN_PROGRESS || error == SHUTDOWN_IS_SCHEDULED ? 0 : error;
}

void system_abort_restart(struct system *system)
{
    (void)system;
    AbortSystemShutdownW(NULL);
}

uint32_t system_reopen_journal(struct system *system, const char *attempt)
{
    wchar_t path[PATH_UNITS];
    windows_attempt_path(system, attempt, L".journal", path);
    /* As in system_claim, writing is not shared: of two starts, one gets the file. */
    HANDLE file = CreateFileW(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ, NULL, OPEN_EXISTING,
                              FILE_ATTRIBUTE_NORMAL | FILE_FLAG_WRITE_THROUGH, NULL);
    if (file == INVALID_HANDLE_VALUE) return GetLastError();
    system->journal = file;
    return 0;
}

size_t system_read_journal(struct system *system, uint64_t offset, uint8_t *bytes, size_t size)
{
    OVERLAPPED at = {.Offset = (DWORD)offset, .OffsetHigh = (DWORD)(offset >> 32)};
    DWORD got = 0;
    return ReadFile(system->journal, bytes, (DWORD)size, &got, &at) ? got : 0;
}

void system_continue_journal(struct system *system, uint64_t size) { system->journal_size = size; }

void system_close_journal(struct system *system)
{
    CloseHandle(system->journal);
    system->journal = NULL;
}
