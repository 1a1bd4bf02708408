/* launch.exe COMMANDFILE OUTPUTFILE RESULTFILE: runs the UTF-16LE command line of the first file exactly as it stands (Wine's
   own start from Linux re-quotes arguments), writes what it prints to the second and its 32-bit exit code to the third
   (Linux sees 8 bits). "launch.exe keepalive" sleeps, which keeps Wine warm between the starts of a test run. */
#include <windows.h>
#include <stdio.h>

static HANDLE open_output(const wchar_t *path)
{
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    return CreateFileW(path, GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited, CREATE_ALWAYS, 0, NULL);
}

/* The first file is UTF-16LE without a byte order mark. */
int wmain(int count, wchar_t **arguments)
{
    static wchar_t command[65536];
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    STARTUPINFOW startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process;
    DWORD transferred = 0, exit_code = 0;
    char result[32];
    HANDLE file;

    if (count == 2) Sleep(INFINITE);
    if (count < 4) return 2;
    file = CreateFileW(arguments[1], GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    if (file == INVALID_HANDLE_VALUE || !ReadFile(file, command, sizeof command - 2, &transferred, NULL)) return 3;
    CloseHandle(file);
    startup.hStdInput = CreateFileW(L"NUL", GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited, OPEN_EXISTING, 0, NULL);
    startup.hStdOutput = startup.hStdError = open_output(arguments[2]);
    if (!CreateProcessW(NULL, command, NULL, NULL, TRUE, CREATE_NO_WINDOW, NULL, L"C:\\windows\\system32", &startup, &process)) return 4;
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &exit_code);
    snprintf(result, sizeof result, "%lu\n", exit_code);
    file = open_output(arguments[3]);
    return WriteFile(file, result, (DWORD)strlen(result), &transferred, NULL) ? 0 : 5;
}
