/* The facts of the fake computer: the lines of criteria/computer.txt, as parts. */
#include "fake_computer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PARTS_MAX = 7 };

/* The line number `index` of a kind, as its parts behind the kind. */
static bool find(struct system *system, const char *kind, uint32_t index, const char *parts[PARTS_MAX])
{
    for (char **line = system->facts; line && *line; line++) {
        if (strcmp(*line, kind) != 0 || index-- > 0) continue;
        const char *at = *line;
        for (int i = 0; i < PARTS_MAX; i++) parts[i] = at = at + strlen(at) + 1;
        return true;
    }
    return false;
}

void system_file(struct system *system, const char *path, struct file_facts *facts)
{
    const char *parts[PARTS_MAX];
    memset(facts, 0, sizeof *facts);
    for (uint32_t i = 0; find(system, "file", i, parts); i++) {
        if (strcasecmp(parts[0], path) != 0) continue;
        facts->exists = true;
        facts->is_folder = strcmp(parts[1], "folder") == 0;
        facts->size_bytes = strtoull(parts[2], NULL, 10);
        facts->modified = strtoull(parts[3], NULL, 10);
        facts->has_version = sscanf(parts[4], "%u.%u.%u.%u", &facts->version[0], &facts->version[1], &facts->version[2], &facts->version[3]) == 4;
        return;
    }
}

static bool is_view(const char *part, enum registry_view view) { return strcmp(part, view == VIEW_64 ? "64" : "32") == 0; }

bool system_has_key(struct system *system, const char *key, enum registry_view view)
{
    const char *parts[PARTS_MAX];
    for (uint32_t i = 0; find(system, "value", i, parts); i++)
        if (is_view(parts[0], view) && strcasecmp(parts[1], key) == 0) return true;
    return false;
}

void system_value(struct system *system, const char *key, const char *name, enum registry_view view, struct value_facts *facts)
{
    const char *parts[PARTS_MAX];
    facts->kind = VALUE_ABSENT;
    for (uint32_t i = 0; find(system, "value", i, parts); i++) {
        if (!is_view(parts[0], view) || strcasecmp(parts[1], key) != 0 || strcasecmp(parts[2], name) != 0) continue;
        facts->kind = strcmp(parts[3], "number") == 0 ? VALUE_NUMBER : VALUE_TEXT;
        facts->number = strtoull(parts[4], NULL, 10);
        snprintf(facts->text, sizeof facts->text, "%s", parts[4]);
        return;
    }
}

void system_os(struct system *system, struct os_facts *facts)
{
    const char *parts[PARTS_MAX];
    memset(facts, 0, sizeof *facts);
    if (!find(system, "os", 0, parts)) return;
    facts->major = (uint32_t)strtoul(parts[0], NULL, 10);
    facts->minor = (uint32_t)strtoul(parts[1], NULL, 10);
    facts->build = (uint32_t)strtoul(parts[2], NULL, 10);
    facts->bits = (uint32_t)strtoul(parts[3], NULL, 10);
    facts->is_server = parts[4][0] == '1';
    snprintf(facts->edition, sizeof facts->edition, "%s", parts[5]);
}

bool system_uninstall_entry(struct system *system, enum registry_view view, uint32_t index, struct uninstall_entry *entry)
{
    const char *parts[PARTS_MAX];
    for (uint32_t i = 0; find(system, "entry", i, parts); i++) {
        if (!is_view(parts[0], view) || index-- > 0) continue;
        memset(entry, 0, sizeof *entry);
        snprintf(entry->key, sizeof entry->key, "{00000000-0000-0000-0000-%012u}", i);
        snprintf(entry->name, sizeof entry->name, "%s", parts[1]);
        snprintf(entry->publisher, sizeof entry->publisher, "%s", parts[2]);
        snprintf(entry->version, sizeof entry->version, "%s", parts[3]);
        entry->is_msi = true;
        return true;
    }
    return false;
}

bool system_variable(struct system *system, const char *name, char *value, size_t capacity)
{
    const char *parts[PARTS_MAX];
    for (uint32_t i = 0; find(system, "variable", i, parts); i++) {
        if (strcasecmp(parts[0], name) != 0) continue;
        snprintf(value, capacity, "%s", parts[1]);
        return true;
    }
    return false;
}

void system_service(struct system *system, const char *name, struct service_facts *facts)
{
    const char *parts[PARTS_MAX];
    memset(facts, 0, sizeof *facts);
    for (uint32_t i = 0; find(system, "service", i, parts); i++) {
        if (strcasecmp(parts[0], name) != 0) continue;
        facts->state = parts[1][0] == 's' ? SERVICE_IS_STOPPED : parts[1][0] == 'r' ? SERVICE_IS_RUNNING : SERVICE_IS_CHANGING;
        facts->is_disabled = parts[2][0] == '1';
    }
}

void system_expand(struct system *system, const char *text, char *expanded, size_t capacity)
{
    struct text out = text_in(expanded, capacity);
    char name[64], value[256];
    while (*text) {
        const char *end = *text == '%' ? strchr(text + 1, '%') : NULL;
        if (end && (size_t)(end - text) < sizeof name) {
            snprintf(name, sizeof name, "%.*s", (int)(end - text - 1), text + 1);
            if (system_variable(system, name, value, sizeof value)) {
                text_put(&out, value);
                text = end + 1;
                continue;
            }
        }
        text_put_bytes(&out, text++, 1);
    }
}

/* ASCII, and the letters of ISO 8859-1 that have an upper case there. */
void system_upper(struct system *system, const char *text, char *upper, size_t capacity)
{
    size_t length = 0;
    (void)system;
    for (; *text && length + 1 < capacity; text++, length++) {
        uint8_t byte = (uint8_t)*text;
        bool is_latin = length > 0 && (uint8_t)text[-1] == 0xC3 && byte >= 0xA0 && byte <= 0xBE && byte != 0xB7;
        upper[length] = (byte >= 'a' && byte <= 'z') || is_latin ? (char)(byte - 0x20) : (char)byte;
    }
    upper[length] = 0;
}
