#include "criteria.h"

#include <string.h>

enum { GROUP_ALL = 1, GROUP_ANY = 2, GROUP_NOT = 3 };
enum { LEAF_FILE = 16, LEAF_FILE_PROPERTY, LEAF_KEY, LEAF_VALUE, LEAF_ARCHITECTURE, LEAF_OS, LEAF_UNINSTALL, LEAF_VARIABLE, LEAF_SERVICE };
enum leaf_field { SUBJECT = 1, DETAIL, WANTED, TEST, OPERATOR, VIEW, KIND, FILETIME_WANTED, LEAF_FIELDS };
enum test { TEST_EXISTS = 1, TEST_ABSENT, TEST_EQUALS, TEST_CONTAINS, TEST_NUMBER, TEST_VERSION, TEST_RUNNING, TEST_STOPPED, TEST_DISABLED };
enum { KIND_VERSION = 1, KIND_SIZE, KIND_MODIFIED };
enum { KIND_CLIENT = 1, KIND_SERVER };
enum { KIND_32 = 1, KIND_64 };

static const char *const test_names[] = {"", "exists", "absent", "equals", "contains", "number", "version", "running", "stopped", "disabled"};

#define BIT(field) (1u << (field))
#define TESTS(first, last) (BIT((last) + 1) - BIT(first))

/* What each leaf must and may hold; which tests there are; how many kinds. */
static const struct {
    uint32_t required, optional, tests, kinds;
} shapes[] = {
    [LEAF_FILE - LEAF_FILE] = {BIT(SUBJECT) | BIT(TEST), 0, TESTS(TEST_EXISTS, TEST_ABSENT), 0},
    [LEAF_FILE_PROPERTY - LEAF_FILE] = {BIT(SUBJECT) | BIT(WANTED) | BIT(OPERATOR) | BIT(KIND), BIT(FILETIME_WANTED), 0, KIND_MODIFIED},
    [LEAF_KEY - LEAF_FILE] = {BIT(SUBJECT) | BIT(TEST) | BIT(VIEW), 0, TESTS(TEST_EXISTS, TEST_ABSENT), 0},
    [LEAF_VALUE - LEAF_FILE] = {BIT(SUBJECT) | BIT(DETAIL) | BIT(TEST) | BIT(VIEW), BIT(WANTED) | BIT(OPERATOR), TESTS(TEST_EXISTS, TEST_VERSION), 0},
    [LEAF_ARCHITECTURE - LEAF_FILE] = {BIT(KIND), 0, 0, KIND_64},
    [LEAF_OS - LEAF_FILE] = {0, BIT(DETAIL) | BIT(WANTED) | BIT(OPERATOR) | BIT(KIND), 0, KIND_SERVER},
    [LEAF_UNINSTALL - LEAF_FILE] = {BIT(SUBJECT) | BIT(VIEW), BIT(DETAIL) | BIT(WANTED) | BIT(OPERATOR), 0, 0},
    [LEAF_VARIABLE - LEAF_FILE] = {BIT(SUBJECT) | BIT(TEST), BIT(WANTED), TESTS(TEST_EXISTS, TEST_CONTAINS), 0},
    [LEAF_SERVICE - LEAF_FILE] = {BIT(SUBJECT) | BIT(TEST), 0, TESTS(TEST_EXISTS, TEST_ABSENT) | TESTS(TEST_RUNNING, TEST_DISABLED), 0},
};

static uint32_t byte_of(struct slice value) { return value.size == 1 ? value.bytes[0] : 0; }

static bool leaf_is_valid(const struct field *leaf)
{
    struct slice fields[LEAF_FIELDS];
    if (leaf->tag < LEAF_FILE || leaf->tag > LEAF_SERVICE) return false;
    uint32_t required = shapes[leaf->tag - LEAF_FILE].required;
    if (!fields_read(leaf->value, required | shapes[leaf->tag - LEAF_FILE].optional, fields, LEAF_FIELDS)) return false;
    for (int tag = SUBJECT; tag < LEAF_FIELDS; tag++)
        if (required & BIT(tag) && !fields[tag].bytes) return false;
    for (int tag = SUBJECT; tag <= WANTED; tag++)
        if (fields[tag].bytes && (fields[tag].size > TEXT_BYTES_MAX || memchr(fields[tag].bytes, 0, fields[tag].size))) return false;
    uint32_t test = byte_of(fields[TEST]), comparison = byte_of(fields[OPERATOR]);
    uint32_t view = byte_of(fields[VIEW]), kind = byte_of(fields[KIND]);
    if (fields[TEST].bytes && (test > TEST_DISABLED || !(shapes[leaf->tag - LEAF_FILE].tests & BIT(test)))) return false;
    if (fields[OPERATOR].bytes && (comparison < OPERATOR_LESS || comparison > OPERATOR_GREATER)) return false;
    if (fields[VIEW].bytes && (view < VIEW_64 || view > VIEW_EITHER)) return false;
    if (fields[KIND].bytes && (kind < 1 || kind > shapes[leaf->tag - LEAF_FILE].kinds)) return false;
    return !fields[FILETIME_WANTED].bytes || fields[FILETIME_WANTED].size == 8;
}

static bool is_valid(struct slice *rest, unsigned depth, unsigned *count)
{
    struct field criterion;
    if (!next_field(rest, &criterion) || depth > CRITERIA_DEPTH_MAX || ++*count > CRITERIA_MAX) return false;
    if (criterion.tag < GROUP_ALL || criterion.tag > GROUP_NOT) return leaf_is_valid(&criterion);
    unsigned parts = 0;
    for (; criterion.value.size > 0; parts++)
        if (!is_valid(&criterion.value, depth + 1, count)) return false;
    return parts > 0 && (criterion.tag != GROUP_NOT || parts == 1);
}

bool criteria_are_valid(struct slice criteria)
{
    unsigned count = 0;
    return is_valid(&criteria, 1, &count) && criteria.size == 0;
}

const char *slice_text(struct slice value, char *text)
{
    if (!value.bytes) return NULL;
    memcpy(text, value.bytes, value.size);
    text[value.size] = 0;
    return text;
}

static bool same_text(struct criteria_work *work, const char *left, const char *right, bool is_part)
{
    system_upper(work->system, left, work->left, sizeof work->left);
    system_upper(work->system, right, work->right, sizeof work->right);
    return is_part ? strstr(work->left, work->right) != NULL : strcmp(work->left, work->right) == 0;
}

static bool fits(struct criteria_work *work, const char *pattern, const char *text)
{
    system_upper(work->system, pattern, work->left, sizeof work->left);
    system_upper(work->system, text, work->right, sizeof work->right);
    return matches_pattern(work->left, work->right);
}

static bool versions_compare(enum comparison comparison, const char *found, const char *wanted)
{
    int order;
    return wanted && compare_versions(found, wanted, &order) && comparison_holds(comparison, order);
}

static int order_of(int64_t left, int64_t right) { return left < right ? -1 : left > right; }

static bool numbers_compare(enum comparison comparison, int64_t found, const char *wanted)
{
    int64_t number;
    return wanted && parse_number(wanted, &number) && comparison_holds(comparison, order_of(found, number));
}

static void put_instant(struct text *text, uint64_t filetime)
{
    uint64_t seconds = filetime / 10000000u, days = seconds / 86400;
    /* Years from 1 March of the year 0, in eras of 400 years: 584,694 days before 1601. */
    uint64_t day = days + 584694, era = day / 146097, of_era = day % 146097;
    uint64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    uint64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    uint64_t month = (5 * of_year + 2) / 153;
    text_put_number(text, era * 400 + year_of_era + (month >= 10));
    text_put(text, "-");
    text_put_two(text, month < 10 ? month + 3 : month - 9);
    text_put(text, "-");
    text_put_two(text, of_year - (153 * month + 2) / 5 + 1);
    text_put(text, "T");
    text_put_two(text, seconds / 3600 % 24);
    text_put(text, ":");
    text_put_two(text, seconds / 60 % 60);
    text_put(text, ":");
    text_put_two(text, seconds % 60);
    text_put(text, "Z");
}

static void put_word(struct text *text, const char *word)
{
    if (!word || !*word) return;
    text_put(text, " ");
    text_put(text, word);
}

/* What a leaf looks at, read once. */
struct leaf {
    uint16_t tag;
    const char *subject, *detail, *wanted;
    enum test test;
    enum comparison comparison;
    enum registry_view view;
    uint32_t kind;
    uint64_t filetime;
};

static bool file_holds(struct criteria_work *work, const struct leaf *leaf, struct text *found)
{
    struct file_facts file;
    system_file(work->system, leaf->subject, &file);
    if (!file.exists) {
        text_put(found, "not there");
        return leaf->tag == LEAF_FILE && leaf->test == TEST_ABSENT;
    }
    if (leaf->tag == LEAF_FILE) {
        text_put(found, file.is_folder ? "a folder" : "there");
        return leaf->test == TEST_EXISTS;
    }
    if (leaf->kind == KIND_SIZE) {
        if (file.is_folder) {
            text_put(found, "a folder");
            return false;
        }
        text_put_number(found, file.size_bytes);
        return numbers_compare(leaf->comparison, (int64_t)file.size_bytes, leaf->wanted);
    }
    if (leaf->kind == KIND_MODIFIED) {
        put_instant(found, file.modified);
        int64_t modified = (int64_t)(file.modified / 10000000u), wanted = (int64_t)(leaf->filetime / 10000000u);
        return leaf->filetime > 0 && comparison_holds(leaf->comparison, order_of(modified, wanted));
    }
    if (!file.has_version) {
        text_put(found, "no version");
        return false;
    }
    size_t start = found->size;
    for (int i = 0; i < 4; i++) {
        if (i > 0) text_put(found, ".");
        text_put_number(found, file.version[i]);
    }
    return versions_compare(leaf->comparison, found->start + start, leaf->wanted);
}

/* In one view. */
static bool value_holds(struct criteria_work *work, const struct leaf *leaf, enum registry_view view, struct text *found)
{
    struct value_facts *value = &work->value;
    int64_t number;
    system_value(work->system, leaf->subject, leaf->detail, view, value);
    if (value->kind == VALUE_ABSENT) return false;
    found->size = 0;
    if (value->kind == VALUE_NUMBER) text_put_number(found, value->number);
    else text_put(found, value->text);
    switch (leaf->test) {
    case TEST_EXISTS:
    case TEST_ABSENT:
        return true;
    case TEST_EQUALS:
    case TEST_CONTAINS:
        return leaf->wanted && same_text(work, found->start, leaf->wanted, leaf->test == TEST_CONTAINS);
    case TEST_NUMBER:
        if (value->kind == VALUE_NUMBER) number = value->number > INT64_MAX ? INT64_MAX : (int64_t)value->number;
        else if (!parse_number(value->text, &number)) return false;
        return numbers_compare(leaf->comparison, number, leaf->wanted);
    default:
        return versions_compare(leaf->comparison, found->start, leaf->wanted);
    }
}

/* A test on something missing does not hold, but the one for its absence, which is about all the views that are asked. */
static bool registry_holds(struct criteria_work *work, const struct leaf *leaf, struct text *found)
{
    bool holds = false;
    for (enum registry_view view = VIEW_64; view <= VIEW_32 && !holds; view++) {
        if (leaf->view != VIEW_EITHER && leaf->view != view) continue;
        if (leaf->tag == LEAF_VALUE) holds = value_holds(work, leaf, view, found);
        else if ((holds = system_has_key(work->system, leaf->subject, view))) text_put(found, "there");
    }
    if (found->size == 0) text_put(found, holds ? "empty" : "not there");
    return leaf->test == TEST_ABSENT ? !holds : holds;
}

static bool os_holds(struct criteria_work *work, const struct leaf *leaf, struct text *found)
{
    struct os_facts os;
    system_os(work->system, &os);
    if (leaf->tag == LEAF_ARCHITECTURE) {
        text_put_number(found, os.bits);
        return os.bits == (leaf->kind == KIND_64 ? 64 : 32);
    }
    text_put_number(found, os.major);
    text_put(found, ".");
    text_put_number(found, os.minor);
    text_put(found, ".");
    text_put_number(found, os.build);
    bool holds = !leaf->wanted || versions_compare(leaf->comparison, found->start, leaf->wanted);
    put_word(found, os.is_server ? "server" : "client");
    put_word(found, os.edition);
    if (leaf->kind) holds = holds && os.is_server == (leaf->kind == KIND_SERVER);
    return holds && (!leaf->detail || fits(work, leaf->detail, os.edition));
}

bool uninstall_entry_fits(struct criteria_work *work, const struct uninstall_entry *entry, const char *name, const char *publisher,
                          enum comparison comparison, const char *version)
{
    if (!entry->name[0]) return false;
    if (name && !fits(work, name, entry->name)) return false;
    if (publisher && !fits(work, publisher, entry->publisher)) return false;
    return comparison == OPERATOR_NONE || versions_compare(comparison, entry->version, version);
}

static bool uninstall_holds(struct criteria_work *work, const struct leaf *leaf, struct text *found)
{
    for (enum registry_view view = VIEW_64; view <= VIEW_32; view++) {
        if (leaf->view != VIEW_EITHER && leaf->view != view) continue;
        for (uint32_t i = 0; system_uninstall_entry(work->system, view, i, &work->entry); i++) {
            if (!uninstall_entry_fits(work, &work->entry, leaf->subject, leaf->detail, leaf->comparison, leaf->wanted)) continue;
            text_put(found, work->entry.name);
            put_word(found, work->entry.version);
            return true;
        }
    }
    text_put(found, "none");
    return false;
}

static bool variable_holds(struct criteria_work *work, const struct leaf *leaf, struct text *found)
{
    if (!system_variable(work->system, leaf->subject, found->start, found->capacity)) {
        text_put(found, "not there");
        return leaf->test == TEST_ABSENT;
    }
    found->size = strlen(found->start);
    bool holds = leaf->test == TEST_EXISTS;
    if (leaf->test >= TEST_EQUALS)
        holds = leaf->wanted && same_text(work, found->start, leaf->wanted, leaf->test == TEST_CONTAINS);
    if (found->size == 0) text_put(found, "empty");
    return holds;
}

static bool service_holds(struct criteria_work *work, const struct leaf *leaf, struct text *found)
{
    static const char *const states[] = {"not there", "stopped", "running", "changing"};
    struct service_facts service;
    system_service(work->system, leaf->subject, &service);
    text_put(found, states[service.state]);
    if (service.is_disabled) put_word(found, "disabled");
    switch (leaf->test) {
    case TEST_EXISTS: return service.state != SERVICE_ABSENT;
    case TEST_ABSENT: return service.state == SERVICE_ABSENT;
    case TEST_RUNNING: return service.state == SERVICE_IS_RUNNING;
    case TEST_STOPPED: return service.state == SERVICE_IS_STOPPED;
    default: return service.is_disabled;
    }
}

/* The question, as a line for people says it. */
static void put_question(struct text *line, const struct leaf *leaf)
{
    static const char *const things[] = {"file", "", "key", "value", "architecture", "os", "installed", "variable", "service"};
    static const char *const properties[] = {"", "version of", "size of", "date of"};
    static const char *const families[] = {"", "client", "server"};
    text_put(line, leaf->tag == LEAF_FILE_PROPERTY ? properties[leaf->kind] : things[leaf->tag - LEAF_FILE]);
    put_word(line, leaf->subject);
    if (leaf->tag == LEAF_VALUE) text_put(line, "\\");
    if (leaf->tag == LEAF_VALUE) text_put(line, leaf->detail);
    if (leaf->tag == LEAF_UNINSTALL && leaf->detail) text_put(line, " by");
    if (leaf->tag == LEAF_UNINSTALL) put_word(line, leaf->detail);
    if (leaf->tag == LEAF_ARCHITECTURE) put_word(line, leaf->kind == KIND_64 ? "64" : "32");
    if (leaf->tag == LEAF_OS) put_word(line, families[leaf->kind]);
    put_word(line, test_names[leaf->test]);
    put_word(line, comparison_names[leaf->comparison]);
    put_word(line, leaf->wanted);
    if (leaf->tag == LEAF_OS) put_word(line, leaf->detail);
}

static bool leaf_holds(struct criteria_work *work, const struct field *field)
{
    typedef bool (*holds_function)(struct criteria_work *, const struct leaf *, struct text *);
    static const holds_function functions[] = {file_holds, file_holds, registry_holds, registry_holds, os_holds,
                                               os_holds, uninstall_holds, variable_holds, service_holds};
    struct slice fields[LEAF_FIELDS];
    fields_read(field->value, BIT(LEAF_FIELDS) - 1, fields, LEAF_FIELDS);
    struct leaf leaf = {
        .tag = field->tag,
        .detail = slice_text(fields[DETAIL], work->detail),
        .wanted = slice_text(fields[WANTED], work->wanted),
        .test = (enum test)byte_of(fields[TEST]),
        .comparison = (enum comparison)byte_of(fields[OPERATOR]),
        .view = (enum registry_view)byte_of(fields[VIEW]),
        .kind = byte_of(fields[KIND]),
        .filetime = fields[FILETIME_WANTED].bytes ? get_u64(fields[FILETIME_WANTED].bytes) : 0,
    };
    if (slice_text(fields[SUBJECT], work->found)) {
        system_expand(work->system, work->found, work->subject, sizeof work->subject);
        leaf.subject = work->subject;
    }
    struct text found = text_in(work->found, sizeof work->found);
    bool holds = functions[field->tag - LEAF_FILE](work, &leaf, &found);
    struct text line = text_in(work->line_text, sizeof work->line_text);
    text_put(&line, holds ? "yes  " : "no   ");
    put_question(&line, &leaf);
    text_put(&line, ": ");
    text_put(&line, found.start);
    text_put(&line, "\r\n");
    work->say(work->context, line.start);
    return holds;
}

bool criteria_hold(struct criteria_work *work, struct slice criteria)
{
    struct field criterion;
    next_field(&criteria, &criterion);
    if (criterion.tag < GROUP_ALL || criterion.tag > GROUP_NOT) return leaf_holds(work, &criterion);
    bool all = true, any = false;
    while (criterion.value.size > 0) {
        struct slice part = criterion.value;
        struct field first;
        next_field(&criterion.value, &first);
        bool holds = criteria_hold(work, part);
        all = all && holds;
        any = any || holds;
    }
    if (criterion.tag == GROUP_NOT) return !any;
    return criterion.tag == GROUP_ALL ? all : any;
}
