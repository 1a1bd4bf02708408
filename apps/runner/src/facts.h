/* What criteria and the steps that look something up need to know of the computer. Texts are UTF-8; paths and keys have had
   their environment variables expanded. windows_facts.c answers on a computer, fake_facts.c in `make check`. */
#ifndef DROVER_FACTS_H
#define DROVER_FACTS_H

#include "plan.h"

#define NAME_BYTES_MAX 1024u

enum registry_view { VIEW_64 = 1, VIEW_32, VIEW_EITHER };
enum value_kind { VALUE_ABSENT, VALUE_TEXT, VALUE_NUMBER };
enum service_state { SERVICE_ABSENT, SERVICE_IS_STOPPED, SERVICE_IS_RUNNING, SERVICE_IS_CHANGING };

struct file_facts {
    bool exists;
    bool is_folder;
    bool has_version;
    uint32_t version[4];
    uint64_t size_bytes;
    uint64_t modified; /* FILETIME */
};

struct value_facts {
    enum value_kind kind;
    uint64_t number;           /* VALUE_NUMBER */
    char text[TEXT_BYTES_MAX]; /* VALUE_TEXT: lines of REG_MULTI_SZ are joined with \n, REG_BINARY is lower-case hex */
};

struct os_facts {
    uint32_t major, minor, build;
    uint32_t bits;
    bool is_server;
    char edition[NAME_BYTES_MAX];
};

struct uninstall_entry {
    char key[NAME_BYTES_MAX]; /* a product code for what the Windows Installer has installed */
    char name[NAME_BYTES_MAX];
    char publisher[NAME_BYTES_MAX];
    char version[NAME_BYTES_MAX];
    bool is_msi;
};

struct service_facts {
    enum service_state state;
    bool is_disabled;
};

struct system;

void system_file(struct system *system, const char *path, struct file_facts *facts);

/* `key` begins with its root, as in HKLM\SOFTWARE. */
bool system_has_key(struct system *system, const char *key, enum registry_view view);

void system_value(struct system *system, const char *key, const char *name, enum registry_view view, struct value_facts *facts);

void system_os(struct system *system, struct os_facts *facts);

/* The entry number `index` (from 0) in one view. False behind the last. */
bool system_uninstall_entry(struct system *system, enum registry_view view, uint32_t index, struct uninstall_entry *entry);

/* False when there is no such variable. What does not fit is cut. */
bool system_variable(struct system *system, const char *name, char *value, size_t capacity);

void system_service(struct system *system, const char *name, struct service_facts *facts);

/* Replaces %NAME% by the variable's value, and leaves it where there is none. What does not fit is cut. */
void system_expand(struct system *system, const char *text, char *expanded, size_t capacity);

/* Letters in upper case, for comparisons without regard to case. */
void system_upper(struct system *system, const char *text, char *upper, size_t capacity);

#endif
