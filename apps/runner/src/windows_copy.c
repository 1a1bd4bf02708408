/* CopyFiles: a file, what is in a folder, or what fits a pattern, into a folder that is made when it is not there. */
#include "windows.h"

#include <wchar.h>

enum { DEPTH_MAX = 64 };

struct copying {
    struct system *system;
    struct copy_order *order;
    uint32_t error; /* the first */
    bool is_stopped;
};

static DWORD CALLBACK progressed(LARGE_INTEGER total, LARGE_INTEGER transferred, LARGE_INTEGER stream, LARGE_INTEGER stream_transferred,
                                 DWORD number, DWORD reason, HANDLE source, HANDLE target, LPVOID data)
{
    struct copying *copying = data;
    (void)total, (void)transferred, (void)stream, (void)stream_transferred, (void)number, (void)reason, (void)source, (void)target;
    copying->is_stopped = !copying->order->go_on(copying->order->context);
    return copying->is_stopped ? PROGRESS_CANCEL : PROGRESS_CONTINUE;
}

/* Returns where the path ended before; false in `fits` when there is no room. */
static size_t append(wchar_t *path, const wchar_t *name, bool *fits)
{
    size_t length = wcslen(path), more = wcslen(name);
    *fits = length + more + 2 < COPY_PATH_UNITS;
    if (!*fits) return length;
    if (length > 0 && path[length - 1] != '\\') wcscat(path, L"\\");
    wcscat(path, name);
    return length;
}

static void note(struct copying *copying, uint32_t error)
{
    char line_text[COPY_PATH_UNITS + 64];
    struct text line = text_in(line_text, sizeof line_text);
    if (!copying->error) copying->error = error;
    copying->order->failed++;
    windows_narrow(copying->system->copy_from, line_text, COPY_PATH_UNITS);
    line.size = strlen(line_text);
    text_put(&line, ": error ");
    text_put_number(&line, error);
    text_put(&line, "\r\n");
    copying->order->say(copying->order->context, line.start);
}

static bool is_newer(const FILETIME *written, const wchar_t *target)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    if (!GetFileAttributesExW(target, GetFileExInfoStandard, &data)) return true;
    return CompareFileTime(written, &data.ftLastWriteTime) > 0;
}

static void copy_file(struct copying *copying, const WIN32_FIND_DATAW *file)
{
    const wchar_t *from = copying->system->copy_from, *to = copying->system->copy_to;
    struct copy_order *order = copying->order;
    DWORD attributes = GetFileAttributesW(to);
    bool is_there = attributes != INVALID_FILE_ATTRIBUTES;
    if (is_there && (order->never_overwrite || (order->only_newer && !is_newer(&file->ftLastWriteTime, to)))) {
        order->skipped++;
        return;
    }
    if (is_there && attributes & FILE_ATTRIBUTE_READONLY) SetFileAttributesW(to, attributes & ~(DWORD)FILE_ATTRIBUTE_READONLY);
    if (CopyFileExW(from, to, progressed, copying, NULL, 0)) order->copied++;
    else if (!copying->is_stopped) note(copying, GetLastError());
}

static uint32_t make_folder(const wchar_t *path)
{
    wchar_t part[COPY_PATH_UNITS];
    DWORD attributes = GetFileAttributesW(path);
    if (attributes != INVALID_FILE_ATTRIBUTES) return attributes & FILE_ATTRIBUTE_DIRECTORY ? 0 : ERROR_DIRECTORY;
    wcscpy(part, path);
    for (wchar_t *at = part; *at; at++) {
        if (at == part || *at != '\\' || at[-1] == ':' || at[-1] == '\\') continue;
        *at = 0;
        CreateDirectoryW(part, NULL); /* What cannot be made shows in the last one. */
        *at = '\\';
    }
    if (CreateDirectoryW(part, NULL) || GetLastError() == ERROR_ALREADY_EXISTS) return 0;
    return GetLastError();
}

/* Copies what fits `pattern` in the folder `copy_from` into the folder `copy_to`. Both are as before when it returns. */
static uint32_t copy_folder(struct copying *copying, const wchar_t *pattern, unsigned depth)
{
    struct system *system = copying->system;
    WIN32_FIND_DATAW found;
    uint32_t count = 0;
    bool fits;
    size_t from_length = append(system->copy_from, pattern, &fits);
    HANDLE search = fits ? FindFirstFileW(system->copy_from, &found) : INVALID_HANDLE_VALUE;
    system->copy_from[from_length] = 0;
    if (search == INVALID_HANDLE_VALUE) return 0;
    uint32_t error = make_folder(system->copy_to);
    if (error) note(copying, error);
    do {
        bool is_folder = (found.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
        if (error || wcscmp(found.cFileName, L".") == 0 || wcscmp(found.cFileName, L"..") == 0) continue;
        /* A folder that is elsewhere (a junction) may lead back to where it is. */
        if (is_folder && (!copying->order->recurse || depth == 0 || found.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT)) continue;
        bool from_fits, to_fits;
        size_t from_end = append(system->copy_from, found.cFileName, &from_fits);
        size_t to_end = append(system->copy_to, found.cFileName, &to_fits);
        if (!from_fits || !to_fits) note(copying, ERROR_FILENAME_EXCED_RANGE);
        else if (is_folder) copy_folder(copying, L"*", depth - 1);
        else copy_file(copying, &found);
        system->copy_from[from_end] = 0;
        system->copy_to[to_end] = 0;
        count++;
        copying->is_stopped = copying->is_stopped || !copying->order->go_on(copying->order->context);
    } while (!copying->is_stopped && FindNextFileW(search, &found));
    FindClose(search);
    return count;
}

static void set_path(struct system *system, const char *utf8, wchar_t *path)
{
    wcsncpy(path, windows_wide(system, utf8), COPY_PATH_UNITS - 1);
    path[COPY_PATH_UNITS - 1] = 0;
    for (wchar_t *at = path; *at; at++)
        if (*at == '/') *at = '\\';
    size_t length = wcslen(path);
    while (length > 3 && path[length - 1] == '\\') path[--length] = 0;
}

uint32_t system_copy(struct system *system, struct copy_order *order)
{
    struct copying copying = {.system = system, .order = order};
    wchar_t pattern[MAX_PATH] = L"*";
    set_path(system, order->from, system->copy_from);
    set_path(system, order->to, system->copy_to);
    DWORD attributes = GetFileAttributesW(system->copy_from);
    if (attributes == INVALID_FILE_ATTRIBUTES || !(attributes & FILE_ATTRIBUTE_DIRECTORY)) {
        wchar_t *last = wcsrchr(system->copy_from, '\\');
        if (!last || wcslen(last + 1) >= MAX_PATH) return ERROR_INVALID_NAME;
        wcscpy(pattern, last + 1);
        last[last == system->copy_from || last[-1] == ':' ? 1 : 0] = 0;
    }
    uint32_t count = copy_folder(&copying, pattern, DEPTH_MAX);
    if (copying.error) return copying.error;
    return count > 0 || attributes != INVALID_FILE_ATTRIBUTES ? 0 : ERROR_FILE_NOT_FOUND;
}
