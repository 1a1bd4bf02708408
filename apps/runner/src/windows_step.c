/* A step's processes: Command Prompt in the attempt's job object, its output through a pipe, and what ends the wait for it.
   The pipe is a named one because only those can be read while something else is waited for. */
#include "windows.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

/* The registry tells about a cancel; this is for the computer where it does not. */
enum { CANCEL_POLL_MS = 1000 };

static bool is_idle(HANDLE job)
{
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION accounting;
    if (!QueryInformationJobObject(job, JobObjectBasicAccountingInformation, &accounting, sizeof accounting, NULL)) return false;
    return accounting.ActiveProcesses == 0;
}

static uint32_t choose_job(struct system *system)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE};
    for (uint32_t i = 0; i < system->job_count; i++) {
        system->job = system->jobs[i];
        if (is_idle(system->job)) return 0;
    }
    if (system->job_count == JOBS_MAX) return 0;
    HANDLE job = CreateJobObjectW(NULL, NULL);
    if (!job) return GetLastError();
    if (!SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits)) {
        uint32_t error = GetLastError();
        CloseHandle(job);
        return error;
    }
    system->job = system->jobs[system->job_count++] = job;
    return 0;
}

void windows_release_jobs(struct system *system)
{
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION none = {0};
    for (uint32_t i = 0; i < system->job_count; i++)
        SetInformationJobObject(system->jobs[i], JobObjectExtendedLimitInformation, &none, sizeof none);
}

/* Reads at one end (`system->output`), and returns the end that the step writes to. */
static HANDLE create_pipe(struct system *system)
{
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
    wchar_t name[64];
    swprintf(name, 64, L"\\\\.\\pipe\\drover-%lu-%u", GetCurrentProcessId(), ++system->pipes);
    system->output = CreateNamedPipeW(name, PIPE_ACCESS_INBOUND | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
                                      PIPE_TYPE_BYTE | PIPE_WAIT, 1, 0, OUTPUT_TAIL_BYTES, 0, NULL);
    if (system->output == INVALID_HANDLE_VALUE) {
        system->output = NULL;
        return INVALID_HANDLE_VALUE;
    }
    return CreateFileW(name, GENERIC_WRITE | FILE_READ_ATTRIBUTES, 0, &inherited, OPEN_EXISTING, 0, NULL);
}

/* The process begins to work only when it is in the job: nothing that it starts can be outside. It gets a console of its own,
   so that a code page, or a Ctrl+C for everybody there, ends with the step. */
static uint32_t create_in_job(struct system *system, const wchar_t *program, HANDLE input, HANDLE output, DWORD more_flags)
{
    STARTUPINFOW startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process;
    startup.hStdInput = input;
    startup.hStdOutput = startup.hStdError = output;
    if (!CreateProcessW(program, system->command_line, NULL, NULL, TRUE, CREATE_SUSPENDED | CREATE_NO_WINDOW | more_flags, NULL,
                        system->system_folder, &startup, &process))
        return GetLastError();
    uint32_t error = AssignProcessToJobObject(system->job, process.hProcess) ? 0 : GetLastError();
    if (error == 0 && ResumeThread(process.hThread) == (DWORD)-1) error = GetLastError();
    CloseHandle(process.hThread);
    if (error) {
        TerminateProcess(process.hProcess, error);
        CloseHandle(process.hProcess);
        return error;
    }
    system->process = process.hProcess;
    return 0;
}

static void release_step(struct system *system)
{
    if (system->is_reading) {
        DWORD size;
        CancelIo(system->output);
        GetOverlappedResult(system->output, &system->read, &size, TRUE);
        system->is_reading = false;
    }
    if (system->output) CloseHandle(system->output);
    if (system->process) CloseHandle(system->process);
    system->output = system->process = NULL;
    if (system->script_path[0]) DeleteFileW(system->script_path);
    system->script_path[0] = 0;
}

/* Starts what `system->command_line` says; `program` is NULL when that is to be found as it says. */
static uint32_t start(struct system *system, const wchar_t *program)
{
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
    uint32_t error = choose_job(system);
    if (error) return error;
    HANDLE input = CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited, OPEN_EXISTING, 0, NULL);
    HANDLE output = create_pipe(system);
    if (input == INVALID_HANDLE_VALUE || output == INVALID_HANDLE_VALUE) {
        error = GetLastError();
        goto cleanup;
    }
    error = create_in_job(system, program, input, output, 0);
    /* Before Windows 8 jobs do not nest, and Task Scheduler has one of its own. */
    if (error == ERROR_ACCESS_DENIED) error = create_in_job(system, program, input, output, CREATE_BREAKAWAY_FROM_JOB);
cleanup:
    if (input != INVALID_HANDLE_VALUE) CloseHandle(input);
    if (output != INVALID_HANDLE_VALUE) CloseHandle(output);
    if (error) release_step(system);
    return error;
}

/* Extensions and delayed expansion are as Command Prompt has them by default. */
static uint32_t start_prompt(struct system *system)
{
    wchar_t program[PATH_UNITS];
    swprintf(program, PATH_UNITS, L"%ls\\cmd.exe", system->system_folder);
    return start(system, program);
}

uint32_t system_start_line(struct system *system, const char *line)
{
    release_step(system);
    if (!MultiByteToWideChar(CP_UTF8, 0, line, -1, system->line, COMMAND_BYTES_MAX)) return GetLastError();
    swprintf(system->command_line, COMMAND_BYTES_MAX + PATH_UNITS, L"cmd.exe /d /e:on /v:off /s /c \"%ls\"", system->line);
    return start_prompt(system);
}

uint32_t system_start_process(struct system *system, const char *command_line)
{
    release_step(system);
    if (!MultiByteToWideChar(CP_UTF8, 0, command_line, -1, system->line, COMMAND_BYTES_MAX)) return GetLastError();
    DWORD units = ExpandEnvironmentStringsW(system->line, system->command_line, COMMAND_BYTES_MAX + PATH_UNITS);
    if (units == 0) return GetLastError();
    if (units > COMMAND_BYTES_MAX + PATH_UNITS) return ERROR_BAD_LENGTH;
    return start(system, NULL);
}

/* Command Prompt reads batch files in the console's code page. A script that this cannot hold is UTF-8, and says so. */
static uint32_t write_script(struct system *system, const char *script)
{
    const char *bytes = script;
    size_t size = strlen(script);
    DWORD written = 0;
    BOOL is_lossy = FALSE;
    int units = MultiByteToWideChar(CP_UTF8, 0, script, (int)size, system->wide, (int)SCRIPT_BYTES_MAX);
    int narrow = WideCharToMultiByte(CP_OEMCP, WC_NO_BEST_FIT_CHARS, system->wide, units, system->narrow,
                                     (int)sizeof system->narrow, NULL, &is_lossy);
    if (units == 0 || narrow == 0) return GetLastError();
    if (!is_lossy) {
        bytes = system->narrow;
        size = (size_t)narrow;
    }
    HANDLE file = CreateFileW(system->script_path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
    if (file == INVALID_HANDLE_VALUE) return GetLastError();
    uint32_t error = 0;
    static const char announced[] = "@chcp 65001 >nul\r\n";
    if (is_lossy && !WriteFile(file, announced, sizeof announced - 1, &written, NULL)) error = GetLastError();
    if (!error && !WriteFile(file, bytes, (DWORD)size, &written, NULL)) error = GetLastError();
    CloseHandle(file);
    return error;
}

uint32_t system_start_script(struct system *system, const char *attempt, const char *script)
{
    release_step(system);
    windows_attempt_path(system, attempt, L".bat", system->script_path);
    uint32_t error = write_script(system, script);
    if (error) return error;
    swprintf(system->command_line, COMMAND_BYTES_MAX + PATH_UNITS, L"cmd.exe /d /e:on /v:off /s /c \"\"%ls\"\"", system->script_path);
    return start_prompt(system);
}

static bool is_cancelled(struct system *system)
{
    DWORD value = 0, type = 0, size = sizeof value;
    if (!system->key || system->is_cancel_told) return false;
    /* Armed before it is read, so that nothing falls between. */
    if (!system->is_watching_key)
        system->is_watching_key =
            RegNotifyChangeKeyValue(system->key, FALSE, REG_NOTIFY_CHANGE_LAST_SET, system->key_changed, TRUE) == 0;
    if (RegQueryValueExW(system->key, L"cancel", NULL, &type, (BYTE *)&value, &size)) return false;
    system->is_cancel_told = type == REG_DWORD && value != 0;
    return system->is_cancel_told;
}

/* Has a read of the pipe under way when there is something to read from. */
static void read_on(struct system *system, uint8_t *bytes)
{
    if (!system->output || system->is_reading) return;
    ResetEvent(system->read.hEvent);
    system->is_reading = ReadFile(system->output, bytes, OUTPUT_CHUNK_BYTES, NULL, &system->read) || GetLastError() == ERROR_IO_PENDING;
    if (system->is_reading) return;
    CloseHandle(system->output); /* Every process that could write has closed its end. */
    system->output = NULL;
}

static bool finish_read(struct system *system, struct system_report *report)
{
    DWORD size = 0;
    BOOL is_read = GetOverlappedResult(system->output, &system->read, &size, TRUE);
    system->is_reading = false;
    report->size = size;
    if (is_read) return size > 0;
    CloseHandle(system->output);
    system->output = NULL;
    return false;
}

/* The process has ended: what it wrote before is in the pipe already, although others may still hold it open. */
static enum system_event finish_step(struct system *system, struct system_report *report)
{
    DWORD waiting = 0, exit_code = 0;
    if (system->is_reading) {
        if (PeekNamedPipe(system->output, NULL, 0, NULL, &waiting, NULL) && waiting == 0) CancelIo(system->output);
        if (finish_read(system, report)) return EVENT_OUTPUT;
    }
    GetExitCodeProcess(system->process, &exit_code);
    report->exit_code = exit_code;
    release_step(system);
    return EVENT_EXITED;
}

enum system_event system_wait(struct system *system, uint32_t timeout_ms, struct system_report *report)
{
    uint64_t give_up_ms = GetTickCount64() + timeout_ms;
    for (;;) {
        if (is_cancelled(system)) return EVENT_CANCELLED;
        read_on(system, report->bytes);
        HANDLE handles[3];
        DWORD count = 0, read_index = 9, process_index = 9;
        if (system->is_reading) handles[read_index = count++] = system->read.hEvent;
        if (system->process) handles[process_index = count++] = system->process;
        handles[count++] = system->key_changed;

        uint64_t instant_ms = GetTickCount64();
        uint64_t left_ms = give_up_ms > instant_ms ? give_up_ms - instant_ms : 0;
        DWORD wait_ms = left_ms < CANCEL_POLL_MS ? (DWORD)left_ms : CANCEL_POLL_MS;
        DWORD happened = WaitForMultipleObjects(count, handles, FALSE, wait_ms);
        if (happened == WAIT_OBJECT_0 + read_index) {
            if (finish_read(system, report)) return EVENT_OUTPUT;
        } else if (happened == WAIT_OBJECT_0 + process_index) {
            return finish_step(system, report);
        } else if (happened == WAIT_OBJECT_0 + count - 1) {
            system->is_watching_key = false;
        } else if (left_ms <= wait_ms) {
            return EVENT_TIMEOUT;
        }
    }
}

bool system_is_running(struct system *system) { return system->process != NULL; }

void system_stop(struct system *system, uint32_t exit_code)
{
    for (uint32_t i = 0; i < system->job_count; i++) TerminateJobObject(system->jobs[i], exit_code);
}

void system_stop_step(struct system *system, uint32_t exit_code)
{
    if (system->process) TerminateJobObject(system->job, exit_code);
}
