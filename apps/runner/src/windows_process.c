/* The computer's processes, for KillProcess; the Windows Installer's mutex; messages to users. */
#include "windows.h"

#include <string.h>
#include <tlhelp32.h>
#include <wchar.h>
#include <wtsapi32.h>

static uint64_t creation_time(HANDLE process)
{
    FILETIME created, exited, kernel, user;
    if (!GetProcessTimes(process, &created, &exited, &kernel, &user)) return 0;
    return (uint64_t)created.dwHighDateTime << 32 | created.dwLowDateTime;
}

uint32_t system_processes(struct system *system, struct process_entry *processes, uint32_t capacity)
{
    PROCESSENTRY32W entry = {.dwSize = sizeof entry};
    uint32_t count = 0;
    (void)system;
    HANDLE snapshot = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
    if (snapshot == INVALID_HANDLE_VALUE) return 0;
    for (BOOL more = Process32FirstW(snapshot, &entry); more && count < capacity; more = Process32NextW(snapshot, &entry)) {
        if (entry.th32ProcessID == 0 || entry.th32ProcessID == GetCurrentProcessId()) continue;
        HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, entry.th32ProcessID);
        struct process_entry *one = &processes[count++];
        *one = (struct process_entry){.id = entry.th32ProcessID, .parent = entry.th32ParentProcessID};
        one->created = process ? creation_time(process) : 0;
        windows_narrow(entry.szExeFile, one->name, sizeof one->name);
        if (process) CloseHandle(process);
    }
    CloseHandle(snapshot);
    return count;
}

/* The process that was seen, and no later one with its number. */
static HANDLE open_process(const struct process_entry *process, DWORD access)
{
    HANDLE opened = OpenProcess(access | PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE, FALSE, process->id);
    if (!opened || process->created == 0 || creation_time(opened) == process->created) return opened;
    CloseHandle(opened);
    SetLastError(ERROR_INVALID_PARAMETER);
    return NULL;
}

struct closing {
    DWORD id;
    bool was_asked;
};

static BOOL CALLBACK close_window(HWND window, LPARAM parameter)
{
    struct closing *closing = (struct closing *)parameter;
    DWORD id = 0;
    GetWindowThreadProcessId(window, &id);
    if (id == closing->id && PostMessageW(window, WM_CLOSE, 0, 0)) closing->was_asked = true;
    return TRUE;
}

uint32_t system_end_process(struct system *system, const struct process_entry *process, bool force, bool *was_asked)
{
    struct closing closing = {process->id, false};
    (void)system;
    if (!force) {
        EnumWindows(close_window, (LPARAM)&closing);
        *was_asked = closing.was_asked;
        return 0;
    }
    HANDLE opened = open_process(process, PROCESS_TERMINATE);
    if (!opened) return GetLastError();
    uint32_t error = TerminateProcess(opened, 1) ? 0 : GetLastError();
    CloseHandle(opened);
    return error;
}

bool system_process_lives(struct system *system, const struct process_entry *process)
{
    (void)system;
    HANDLE opened = open_process(process, 0);
    if (!opened) return GetLastError() == ERROR_ACCESS_DENIED;
    bool lives = WaitForSingleObject(opened, 0) == WAIT_TIMEOUT;
    CloseHandle(opened);
    return lives;
}

bool system_installer_is_busy(struct system *system)
{
    (void)system;
    HANDLE mutex = OpenMutexW(SYNCHRONIZE, FALSE, L"Global\\_MSIExecute");
    if (!mutex) return false;
    DWORD waited = WaitForSingleObject(mutex, 0);
    if (waited == WAIT_OBJECT_0 || waited == WAIT_ABANDONED) ReleaseMutex(mutex);
    CloseHandle(mutex);
    return waited == WAIT_TIMEOUT;
}

uint32_t system_message(struct system *system, const char *title, const char *text, uint32_t seconds, uint32_t *count)
{
    WTS_SESSION_INFOW *sessions = NULL;
    DWORD session_count = 0, response = 0;
    wchar_t *shown = system->expanded;
    wcscpy(shown, windows_wide(system, text));
    windows_wide(system, title);
    if (!WTSEnumerateSessionsW(WTS_CURRENT_SERVER_HANDLE, 0, 1, &sessions, &session_count)) return GetLastError();
    uint32_t error = 0;
    for (DWORD i = 0; i < session_count; i++) {
        if (sessions[i].State != WTSActive && sessions[i].State != WTSDisconnected) continue;
        /* Session 0 belongs to the services from Vista on: nobody sees it. */
        if (sessions[i].SessionId == 0) continue;
        if (WTSSendMessageW(WTS_CURRENT_SERVER_HANDLE, sessions[i].SessionId, system->text, (DWORD)(wcslen(system->text) * sizeof(wchar_t)),
                            shown, (DWORD)(wcslen(shown) * sizeof(wchar_t)), MB_OK | MB_ICONINFORMATION, seconds, &response, FALSE))
            ++*count;
        else error = GetLastError();
    }
    WTSFreeMemory(sessions);
    return *count > 0 ? 0 : error;
}
