/* The system of runner.h on a Windows computer (Vista and newer): journal, registry, clocks, and the program's entry. The
   steps' processes are in windows_step.c, what criteria ask in windows_facts.c. */
#include "windows.h"

#include <string.h>
#include <wchar.h>

/* While the disk is full or a scanner holds the file, the journal is tried again: an attempt without one must not go on. */
enum { APPEND_TRIES = 30, APPEND_PAUSE_MS = 1000 };

static void append_text(wchar_t *path, const wchar_t *text)
{
    size_t length = wcslen(path);
    size_t more = wcslen(text);
    if (length + more < PATH_UNITS) memcpy(path + length, text, (more + 1) * sizeof *path);
}

const wchar_t *windows_wide(struct system *system, const char *utf8)
{
    int size = (int)strnlen(utf8, TEXT_BYTES_MAX);
    int units = MultiByteToWideChar(CP_UTF8, 0, utf8, size, system->text, (int)TEXT_BYTES_MAX);
    system->text[units] = 0;
    return system->text;
}

void windows_narrow(const wchar_t *wide, char *utf8, size_t capacity)
{
    size_t units = wcslen(wide);
    int size = 0;
    /* Three bytes for each unit are always enough; a text that needs less is tried whole first. */
    if (units > 0) size = WideCharToMultiByte(CP_UTF8, 0, wide, (int)units, utf8, (int)capacity - 1, NULL, NULL);
    if (units > 0 && size == 0) size = WideCharToMultiByte(CP_UTF8, 0, wide, (int)(capacity / 3), utf8, (int)capacity - 1, NULL, NULL);
    utf8[size] = 0;
}

static void append_name(wchar_t *path, const char *attempt)
{
    wchar_t name[ATTEMPT_NAME_MAX + 1] = {0};
    for (size_t i = 0; attempt[i] && i < ATTEMPT_NAME_MAX; i++) name[i] = (wchar_t)attempt[i];
    append_text(path, name);
}

void windows_attempt_path(const struct system *system, const char *attempt, const wchar_t *ending, wchar_t *path)
{
    path[0] = 0;
    append_text(path, system->folder);
    append_name(path, attempt);
    append_text(path, ending);
}

uint32_t windows_open_key(const char *attempt, REGSAM access, HKEY *key)
{
    wchar_t path[PATH_UNITS] = L"SOFTWARE\\Drover\\";
    append_name(path, attempt);
    return (uint32_t)RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, access | KEY_WOW64_64KEY, key);
}

uint32_t system_claim(struct system *system, const char *attempt)
{
    wchar_t path[PATH_UNITS];
    windows_attempt_path(system, attempt, L".journal", path);
    HANDLE file = CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ, NULL, CREATE_NEW,
                              FILE_ATTRIBUTE_NORMAL | FILE_FLAG_WRITE_THROUGH, NULL);
    if (file == INVALID_HANDLE_VALUE) return GetLastError();
    system->journal = file;
    return 0;
}

uint32_t system_append(struct system *system, const uint8_t *bytes, size_t size)
{
    uint32_t error = 0;
    for (int tries = 0; tries < APPEND_TRIES; tries++) {
        /* The offset is said each time: a try that wrote a part is written over. */
        OVERLAPPED at = {.Offset = (DWORD)system->journal_size, .OffsetHigh = (DWORD)(system->journal_size >> 32)};
        DWORD written = 0;
        BOOL is_written = WriteFile(system->journal, bytes, (DWORD)size, &written, &at);
        error = is_written ? (written == size ? 0 : ERROR_DISK_FULL) : GetLastError();
        if (error == 0) {
            system->journal_size += size;
            return 0;
        }
        Sleep(APPEND_PAUSE_MS);
    }
    return error;
}

uint32_t system_read_plan(struct system *system, const char *attempt, uint8_t *bytes, size_t capacity, size_t *size)
{
    DWORD type = 0, length = (DWORD)capacity;
    uint32_t error = windows_open_key(attempt, KEY_QUERY_VALUE | KEY_NOTIFY, &system->key);
    if (error) return error;
    error = (uint32_t)RegQueryValueExW(system->key, L"plan", NULL, &type, bytes, &length);
    if (error) return error;
    *size = length;
    return type == REG_BINARY ? 0 : ERROR_DAMAGED_PLAN;
}

uint64_t system_filetime(struct system *system)
{
    FILETIME time;
    (void)system;
    GetSystemTimeAsFileTime(&time);
    return (uint64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
}

uint64_t system_boot_filetime(struct system *system) { return system_filetime(system) - GetTickCount64() * 10000; }

uint64_t system_awake_ms(struct system *system)
{
    /* From Windows 7; before it, time asleep counts. */
    typedef BOOL(WINAPI * query_unbiased)(PULONGLONG);
    HMODULE kernel = GetModuleHandleW(L"kernel32.dll");
    FARPROC found = kernel ? GetProcAddress(kernel, "QueryUnbiasedInterruptTime") : NULL;
    query_unbiased query = NULL;
    ULONGLONG time = 0;
    (void)system;
    memcpy(&query, &found, sizeof query);
    if (query && query(&time)) return time / 10000;
    return GetTickCount64();
}

size_t system_text(struct system *system, const uint8_t *bytes, size_t size, uint8_t *utf8, size_t capacity)
{
    wchar_t *wide = system->wide;
    int units = MultiByteToWideChar(CP_OEMCP, 0, (const char *)bytes, (int)size, wide, (int)SCRIPT_BYTES_MAX);
    int length = WideCharToMultiByte(CP_UTF8, 0, wide, units, (char *)utf8, (int)capacity, NULL, NULL);
    return length > 0 ? (size_t)length : 0;
}

uint32_t system_sweep(struct system *system, const char *attempt)
{
    wchar_t path[PATH_UNITS];
    HKEY parent;
    uint32_t error = (uint32_t)RegOpenKeyExW(HKEY_LOCAL_MACHINE, L"SOFTWARE\\Drover", 0, KEY_READ | KEY_WOW64_64KEY, &parent);
    if (error == 0) {
        path[0] = 0;
        append_name(path, attempt);
        error = (uint32_t)RegDeleteKeyExW(parent, path, KEY_WOW64_64KEY, 0);
        RegCloseKey(parent);
    }
    windows_attempt_path(system, attempt, L".bat", path);
    if (!DeleteFileW(path) && GetLastError() != ERROR_FILE_NOT_FOUND) error = GetLastError();
    windows_attempt_path(system, attempt, L".journal", path);
    if (!DeleteFileW(path) && GetLastError() != ERROR_FILE_NOT_FOUND) error = GetLastError();
    return error;
}

static bool prepare(struct system *system)
{
    UINT length = GetSystemWindowsDirectoryW(system->folder, PATH_UNITS);
    if (length == 0 || length >= PATH_UNITS) return false;
    append_text(system->folder, L"\\Drover\\");
    length = GetSystemDirectoryW(system->system_folder, PATH_UNITS);
    if (length == 0 || length >= PATH_UNITS) return false;
    system->key_changed = CreateEventW(NULL, FALSE, FALSE, NULL);
    system->read.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!system->key_changed || !system->read.hEvent) return false;
    /* A crashing program must not wait for somebody to close a message. */
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX);
    SetThreadExecutionState(ES_CONTINUOUS | ES_SYSTEM_REQUIRED);
    return true;
}

static int print_version(void)
{
    static const char version[] = "Drover runner " RUNNER_VERSION "\r\n";
    DWORD written;
    return WriteFile(GetStdHandle(STD_OUTPUT_HANDLE), version, sizeof version - 1, &written, NULL) ? 0 : 1;
}

int wmain(int count, wchar_t **arguments)
{
    static struct runner runner;
    static struct system system;
    static char narrow[2][64];
    const char *given[2] = {narrow[0], narrow[1]};

    if (count == 2 && wcscmp(arguments[1], L"--version") == 0) return print_version();
    if (count < 2 || count > 3) return ERROR_WRONG_ARGUMENTS;
    for (int i = 1; i < count; i++)
        if (!WideCharToMultiByte(CP_UTF8, 0, arguments[i], -1, narrow[i - 1], sizeof narrow[0], NULL, NULL))
            return ERROR_WRONG_ARGUMENTS;
    if (!prepare(&system)) return GetLastError() ? (int)GetLastError() : ERROR_GEN_FAILURE;
    uint32_t exit_code = runner_main(&runner, &system, count - 1, given);
    windows_release_jobs(&system);
    /* Windows closes the rest. */
    return (int)exit_code;
}
