/* facts.h on a Windows computer: files, both registry views, services, the system itself. */
#include "windows.h"

#include <string.h>
#include <wchar.h>

static const wchar_t uninstall_path[] = L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall";

void system_expand(struct system *system, const char *text, char *expanded, size_t capacity)
{
    DWORD units = ExpandEnvironmentStringsW(windows_wide(system, text), system->expanded, TEXT_BYTES_MAX);
    if (units == 0 || units > TEXT_BYTES_MAX) windows_narrow(system->text, expanded, capacity);
    else windows_narrow(system->expanded, expanded, capacity);
}

void system_upper(struct system *system, const char *text, char *upper, size_t capacity)
{
    windows_wide(system, text);
    CharUpperBuffW(system->text, (DWORD)wcslen(system->text));
    windows_narrow(system->text, upper, capacity);
}

bool system_variable(struct system *system, const char *name, char *value, size_t capacity)
{
    SetLastError(0);
    DWORD units = GetEnvironmentVariableW(windows_wide(system, name), system->expanded, TEXT_BYTES_MAX);
    if (units == 0 && GetLastError() == ERROR_ENVVAR_NOT_FOUND) return false;
    if (units == 0 || units > TEXT_BYTES_MAX) system->expanded[0] = 0;
    windows_narrow(system->expanded, value, capacity);
    return true;
}

static void read_version(struct system *system, const wchar_t *path, struct file_facts *facts)
{
    DWORD ignored = 0;
    DWORD size = GetFileVersionInfoSizeW(path, &ignored);
    VS_FIXEDFILEINFO *fixed = NULL;
    UINT length = 0;
    if (size == 0 || size > sizeof system->narrow || !GetFileVersionInfoW(path, 0, size, system->narrow)) return;
    if (!VerQueryValueW(system->narrow, L"\\", (void **)&fixed, &length) || length < sizeof *fixed) return;
    facts->has_version = true;
    facts->version[0] = fixed->dwFileVersionMS >> 16;
    facts->version[1] = fixed->dwFileVersionMS & 0xFFFF;
    facts->version[2] = fixed->dwFileVersionLS >> 16;
    facts->version[3] = fixed->dwFileVersionLS & 0xFFFF;
}

void system_file(struct system *system, const char *path, struct file_facts *facts)
{
    WIN32_FILE_ATTRIBUTE_DATA data;
    memset(facts, 0, sizeof *facts);
    if (!GetFileAttributesExW(windows_wide(system, path), GetFileExInfoStandard, &data)) return;
    facts->exists = true;
    facts->is_folder = (data.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    facts->size_bytes = (uint64_t)data.nFileSizeHigh << 32 | data.nFileSizeLow;
    facts->modified = (uint64_t)data.ftLastWriteTime.dwHighDateTime << 32 | data.ftLastWriteTime.dwLowDateTime;
    if (!facts->is_folder) read_version(system, system->text, facts);
}

static REGSAM view_access(enum registry_view view)
{
    return KEY_QUERY_VALUE | KEY_ENUMERATE_SUB_KEYS | (view == VIEW_32 ? KEY_WOW64_32KEY : KEY_WOW64_64KEY);
}

static bool open_key(struct system *system, const char *key, enum registry_view view, HKEY *opened)
{
    static const struct {
        const char *name;
        HKEY root;
    } roots[] = {
        {"HKLM", HKEY_LOCAL_MACHINE}, {"HKEY_LOCAL_MACHINE", HKEY_LOCAL_MACHINE},
        {"HKCU", HKEY_CURRENT_USER},  {"HKEY_CURRENT_USER", HKEY_CURRENT_USER},
        {"HKCR", HKEY_CLASSES_ROOT},  {"HKEY_CLASSES_ROOT", HKEY_CLASSES_ROOT},
        {"HKU", HKEY_USERS},          {"HKEY_USERS", HKEY_USERS},
    };
    size_t length = strcspn(key, "\\");
    const char *path = key[length] ? key + length + 1 : key + length;
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        if (strlen(roots[i].name) != length || _strnicmp(roots[i].name, key, length) != 0) continue;
        return RegOpenKeyExW(roots[i].root, windows_wide(system, path), 0, view_access(view), opened) == 0;
    }
    return false;
}

bool system_has_key(struct system *system, const char *key, enum registry_view view)
{
    HKEY opened;
    if (!open_key(system, key, view, &opened)) return false;
    RegCloseKey(opened);
    return true;
}

static void put_hexadecimal(struct value_facts *facts, const uint8_t *bytes, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;
    for (size_t i = 0; i < size && at + 2 < sizeof facts->text; i++) {
        facts->text[at++] = digits[bytes[i] >> 4];
        facts->text[at++] = digits[bytes[i] & 15];
    }
    facts->text[at] = 0;
}

/* Texts in the registry need not end with NUL. */
static void put_text(struct value_facts *facts, wchar_t *units, size_t count, bool is_list)
{
    while (count > 0 && units[count - 1] == 0) count--;
    for (size_t i = 0; i < count; i++)
        if (units[i] == 0 && is_list) units[i] = '\n';
    units[count] = 0;
    windows_narrow(units, facts->text, sizeof facts->text);
}

/* system->narrow is what the value is read into; it holds a NUL more than is asked for. */
static void read_value(struct system *system, HKEY key, const wchar_t *name, struct value_facts *facts)
{
    uint8_t *bytes = (uint8_t *)system->narrow;
    DWORD type = 0, size = sizeof system->narrow - sizeof(wchar_t);
    LONG error = RegQueryValueExW(key, name, NULL, &type, bytes, &size);
    facts->kind = VALUE_ABSENT;
    facts->text[0] = 0;
    if (error && error != ERROR_MORE_DATA) return;
    facts->kind = VALUE_TEXT;
    if (error) return; /* too large to be compared with anything */
    bool is_number = (type == REG_DWORD && size == 4) || (type == REG_QWORD && size == 8);
    if (is_number) {
        facts->kind = VALUE_NUMBER;
        facts->number = size == 4 ? get_u32(bytes) : get_u64(bytes);
    } else if (type == REG_SZ || type == REG_EXPAND_SZ || type == REG_MULTI_SZ) {
        put_text(facts, (wchar_t *)system->narrow, size / sizeof(wchar_t), type == REG_MULTI_SZ);
    } else {
        put_hexadecimal(facts, bytes, size);
    }
}

void system_value(struct system *system, const char *key, const char *name, enum registry_view view, struct value_facts *facts)
{
    HKEY opened;
    facts->kind = VALUE_ABSENT;
    if (!open_key(system, key, view, &opened)) return;
    read_value(system, opened, windows_wide(system, name), facts);
    RegCloseKey(opened);
}

static void read_name(struct system *system, HKEY key, const wchar_t *name, char *text, size_t capacity)
{
    struct value_facts *facts = &system->value;
    read_value(system, key, name, facts);
    if (facts->kind != VALUE_TEXT) facts->text[0] = 0;
    windows_narrow(windows_wide(system, facts->text), text, capacity);
}

bool system_uninstall_entry(struct system *system, enum registry_view view, uint32_t index, struct uninstall_entry *entry)
{
    HKEY parent, key;
    wchar_t name[256];
    DWORD units = 256;
    memset(entry, 0, sizeof *entry);
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, uninstall_path, 0, view_access(view), &parent)) return false;
    LONG error = RegEnumKeyExW(parent, index, name, &units, NULL, NULL, NULL, NULL);
    if (error == 0 && RegOpenKeyExW(parent, name, 0, view_access(view), &key) == 0) {
        windows_narrow(name, entry->key, sizeof entry->key);
        read_name(system, key, L"DisplayName", entry->name, sizeof entry->name);
        read_name(system, key, L"Publisher", entry->publisher, sizeof entry->publisher);
        read_name(system, key, L"DisplayVersion", entry->version, sizeof entry->version);
        read_value(system, key, L"WindowsInstaller", &system->value);
        entry->is_msi = system->value.kind == VALUE_NUMBER && system->value.number == 1;
        RegCloseKey(key);
    }
    RegCloseKey(parent);
    return error != ERROR_NO_MORE_ITEMS;
}

void system_os(struct system *system, struct os_facts *facts)
{
    typedef LONG(WINAPI * get_version)(OSVERSIONINFOEXW *); /* RtlGetVersion: a manifest does not change its answer */
    OSVERSIONINFOEXW version = {.dwOSVersionInfoSize = sizeof version};
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    FARPROC found = ntdll ? GetProcAddress(ntdll, "RtlGetVersion") : NULL;
    get_version get = NULL;
    SYSTEM_INFO info;
    HKEY key;
    memset(facts, 0, sizeof *facts);
    memcpy(&get, &found, sizeof get);
    if (get) get(&version);
    GetNativeSystemInfo(&info);
    facts->major = version.dwMajorVersion;
    facts->minor = version.dwMinorVersion;
    facts->build = version.dwBuildNumber;
    facts->is_server = version.wProductType != VER_NT_WORKSTATION;
    facts->bits = info.wProcessorArchitecture == PROCESSOR_ARCHITECTURE_INTEL ? 32 : 64;
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion", 0, view_access(VIEW_64), &key)) return;
    read_name(system, key, L"EditionID", facts->edition, sizeof facts->edition);
    RegCloseKey(key);
}

void system_service(struct system *system, const char *name, struct service_facts *facts)
{
    SERVICE_STATUS status = {0};
    DWORD needed = 0;
    memset(facts, 0, sizeof *facts);
    SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
    SC_HANDLE service = manager ? OpenServiceW(manager, windows_wide(system, name), SERVICE_QUERY_STATUS | SERVICE_QUERY_CONFIG) : NULL;
    if (service) {
        QUERY_SERVICE_CONFIGW *config = (QUERY_SERVICE_CONFIGW *)system->narrow;
        facts->state = SERVICE_IS_CHANGING;
        if (QueryServiceStatus(service, &status) && status.dwCurrentState == SERVICE_RUNNING) facts->state = SERVICE_IS_RUNNING;
        else if (status.dwCurrentState == SERVICE_STOPPED) facts->state = SERVICE_IS_STOPPED;
        if (QueryServiceConfigW(service, config, sizeof system->narrow, &needed))
            facts->is_disabled = config->dwStartType == SERVICE_DISABLED;
        CloseServiceHandle(service);
    }
    if (manager) CloseServiceHandle(manager);
}
