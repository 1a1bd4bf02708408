#include "plan.h"

#include "criteria.h"

#include <string.h>

enum { HEADER_BYTES = 12, CHECKSUM_BYTES = 4 };
enum { PLAN_ATTEMPT = 1, PLAN_DURATION = 2, PLAN_RETAIN = 3, PLAN_STEP = 4 };

#define BIT(field) (1u << (field))

enum {
    EVERY_STEP = BIT(FIELD_TYPE) | BIT(FIELD_ON_SUCCESS) | BIT(FIELD_ON_FAILURE),
    EXIT_CODES = BIT(FIELD_SUCCESS_CODES) | BIT(FIELD_RESTART_NEEDED_CODES) | BIT(FIELD_RESTART_BEGUN_CODES) |
                 BIT(FIELD_TRY_AGAIN_CODES) | BIT(FIELD_FLAGS),
    PRODUCT = BIT(FIELD_TEXT) | BIT(FIELD_SECOND_TEXT) | BIT(FIELD_PRODUCT_CODE) | BIT(FIELD_VERSION)
};

/* What each type must and may hold besides what every step holds. */
static const struct {
    uint32_t required, allowed, flags_max;
} shapes[STEP_TYPES + 1] = {
    [STEP_COMMAND] = {BIT(FIELD_COMMAND) | BIT(FIELD_SUCCESS_CODES), EXIT_CODES, FLAG_ANY_CODE},
    [STEP_PROCESS] = {BIT(FIELD_COMMAND) | BIT(FIELD_SUCCESS_CODES), EXIT_CODES, FLAG_ANY_CODE},
    [STEP_KILL_PROCESS] = {BIT(FIELD_FLAGS), BIT(FIELD_NUMBER) | BIT(FIELD_TEXT), FLAG_FORCE | FLAG_CHILDREN},
    [STEP_CONDITION] = {BIT(FIELD_CRITERIA), 0, 0},
    [STEP_MSI_UNINSTALL] = {BIT(FIELD_SUCCESS_CODES), EXIT_CODES | PRODUCT, FLAG_ANY_CODE},
    [STEP_RESTART] = {BIT(FIELD_NUMBER) | BIT(FIELD_TEXT), 0, 0},
    [STEP_COPY_FILES] = {BIT(FIELD_FLAGS) | BIT(FIELD_TEXT) | BIT(FIELD_SECOND_TEXT), 0, FLAG_RECURSE | FLAG_NEVER_OVERWRITE},
    [STEP_WAIT] = {BIT(FIELD_NUMBER), 0, 0},
    [STEP_MESSAGE] = {BIT(FIELD_NUMBER) | BIT(FIELD_TEXT) | BIT(FIELD_SECOND_TEXT), 0, 0},
};

bool fields_read(struct slice rest, uint32_t allowed, struct slice *values, size_t count)
{
    struct field field;
    memset(values, 0, count * sizeof *values);
    while (rest.size > 0) {
        if (!next_field(&rest, &field)) return false;
        if (field.tag & FIELD_OPTIONAL_TAG) continue;
        if (field.tag >= count || !(allowed & BIT(field.tag)) || values[field.tag].bytes) return false;
        values[field.tag] = field.value;
    }
    return true;
}

static bool is_text(struct slice value, size_t size_max)
{
    return !value.bytes || (value.size <= size_max && !memchr(value.bytes, 0, value.size));
}

static bool read_number(struct slice value, uint32_t *number)
{
    if (!value.bytes) return true;
    if (value.size != 4) return false;
    *number = get_u32(value.bytes);
    return true;
}

static bool codes_are_valid(const struct plan_step *step)
{
    static const enum step_field lists[] = {FIELD_SUCCESS_CODES, FIELD_RESTART_NEEDED_CODES, FIELD_RESTART_BEGUN_CODES,
                                            FIELD_TRY_AGAIN_CODES};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        size_t size = step->fields[lists[i]].size;
        if (size % 4 != 0 || size / 4 > PLAN_CODES_MAX) return false;
    }
    return true;
}

/* What no table says: fields that exclude each other, and texts. */
static bool is_consistent(const struct plan_step *step)
{
    const struct slice *fields = step->fields;
    struct slice version = fields[FIELD_VERSION];
    if (!is_text(fields[FIELD_COMMAND], COMMAND_BYTES_MAX)) return false;
    for (int tag = FIELD_TEXT; tag <= FIELD_PRODUCT_CODE; tag++)
        if (!is_text(fields[tag], TEXT_BYTES_MAX)) return false;
    if (version.bytes) {
        if (version.size < 1 || version.bytes[0] < OPERATOR_LESS || version.bytes[0] > OPERATOR_GREATER) return false;
        if (!is_text((struct slice){version.bytes + 1, version.size - 1}, TEXT_BYTES_MAX)) return false;
    }
    if (step->type == STEP_KILL_PROCESS && !fields[FIELD_NUMBER].bytes == !fields[FIELD_TEXT].bytes) return false;
    if (step->type == STEP_MSI_UNINSTALL && !fields[FIELD_PRODUCT_CODE].bytes == !fields[FIELD_TEXT].bytes) return false;
    if (step->type == STEP_COPY_FILES && (step->flags >> 1) == 3) return false;
    if (step->type == STEP_CONDITION && !criteria_are_valid(fields[FIELD_CRITERIA])) return false;
    return codes_are_valid(step);
}

static bool read_step(struct plan_step *step, struct slice value)
{
    uint32_t all = BIT(STEP_FIELDS) - 1;
    if (!fields_read(value, all, step->fields, STEP_FIELDS)) return false;
    struct slice type = step->fields[FIELD_TYPE];
    if (type.size != 2 || get_u16(type.bytes) < STEP_COMMAND || get_u16(type.bytes) > STEP_TYPES) return false;
    step->type = (enum step_type)get_u16(type.bytes);

    uint32_t required = shapes[step->type].required | EVERY_STEP;
    uint32_t allowed = shapes[step->type].allowed | required | BIT(FIELD_TIMEOUT);
    for (int tag = FIELD_TYPE; tag < STEP_FIELDS; tag++) {
        if (required & BIT(tag) && !step->fields[tag].bytes) return false;
        if (step->fields[tag].bytes && !(allowed & BIT(tag))) return false;
    }
    if (!read_number(step->fields[FIELD_ON_SUCCESS], &step->on_success)) return false;
    if (!read_number(step->fields[FIELD_ON_FAILURE], &step->on_failure)) return false;
    if (!read_number(step->fields[FIELD_TIMEOUT], &step->timeout_seconds)) return false;
    if (!read_number(step->fields[FIELD_FLAGS], &step->flags)) return false;
    if (!read_number(step->fields[FIELD_NUMBER], &step->number)) return false;
    if (step->fields[FIELD_TIMEOUT].bytes && step->timeout_seconds == 0) return false;
    if (step->flags > shapes[step->type].flags_max) return false;
    return is_consistent(step);
}

static bool branch_is_valid(uint32_t branch, uint32_t step_count)
{
    return branch < step_count || branch == BRANCH_STOP_SUCCESS || branch == BRANCH_STOP_FAILURE;
}

static bool read_fields(struct plan *plan, struct slice rest)
{
    struct field field;
    unsigned seen = 0;
    while (rest.size > 0) {
        if (!next_field(&rest, &field)) return false;
        if (field.tag & FIELD_OPTIONAL_TAG) continue;
        if (field.tag == PLAN_STEP) {
            if (plan->step_count == PLAN_STEPS_MAX || !read_step(&plan->steps[plan->step_count], field.value)) return false;
            plan->step_count++;
            continue;
        }
        if (field.tag < PLAN_ATTEMPT || field.tag > PLAN_RETAIN || seen & BIT(field.tag)) return false;
        seen |= BIT(field.tag);
        if (field.tag == PLAN_ATTEMPT) plan->attempt = field.value;
        if (field.tag == PLAN_DURATION && !read_number(field.value, &plan->maximum_duration_seconds)) return false;
        if (field.tag == PLAN_RETAIN) {
            if (field.value.size != 8) return false;
            plan->retain_until = get_u64(field.value.bytes);
        }
    }
    return seen == (BIT(PLAN_ATTEMPT) | BIT(PLAN_DURATION) | BIT(PLAN_RETAIN));
}

bool plan_read(struct plan *plan, const uint8_t *bytes, size_t size)
{
    memset(plan, 0, sizeof *plan);
    if (size < HEADER_BYTES + CHECKSUM_BYTES || size > PLAN_BYTES_MAX) return false;
    if (memcmp(bytes, "DRVP\1\0\0\0", 8) != 0 || get_u32(bytes + 8) != size) return false;
    if (get_u32(bytes + size - CHECKSUM_BYTES) != crc32_of(bytes, size - CHECKSUM_BYTES)) return false;
    if (!read_fields(plan, (struct slice){bytes + HEADER_BYTES, size - HEADER_BYTES - CHECKSUM_BYTES})) return false;
    if (!attempt_name_is_valid(plan->attempt.bytes, plan->attempt.size) || plan->step_count == 0) return false;
    if (plan->maximum_duration_seconds < 1 || plan->maximum_duration_seconds > PLAN_DURATION_SECONDS_MAX) return false;
    for (uint32_t i = 0; i < plan->step_count; i++) {
        if (!branch_is_valid(plan->steps[i].on_success, plan->step_count)) return false;
        if (!branch_is_valid(plan->steps[i].on_failure, plan->step_count)) return false;
    }
    return true;
}

static bool has_code(struct slice codes, uint32_t usual, uint32_t exit_code)
{
    if (!codes.bytes) return exit_code == usual;
    for (size_t at = 0; at < codes.size; at += 4)
        if (get_u32(codes.bytes + at) == exit_code) return true;
    return false;
}

enum exit_meaning plan_exit_meaning(const struct plan_step *step, uint32_t exit_code)
{
    enum { RESTART_NEEDED = 3010, RESTART_BEGUN = 1641, TRY_AGAIN = 1618 }; /* what the Windows Installer says */
    const struct slice *fields = step->fields;
    if (step->flags & FLAG_ANY_CODE || has_code(fields[FIELD_SUCCESS_CODES], 0, exit_code)) {
        if (has_code(fields[FIELD_RESTART_BEGUN_CODES], RESTART_BEGUN, exit_code)) return MEANS_RESTART_BEGUN;
        return has_code(fields[FIELD_RESTART_NEEDED_CODES], RESTART_NEEDED, exit_code) ? MEANS_RESTART_NEEDED : MEANS_SUCCESS;
    }
    return has_code(fields[FIELD_TRY_AGAIN_CODES], TRY_AGAIN, exit_code) ? MEANS_TRY_AGAIN : MEANS_FAILURE;
}

bool attempt_name_is_valid(const uint8_t *name, size_t size)
{
    if (size < 1 || size > ATTEMPT_NAME_MAX) return false;
    for (size_t i = 0; i < size; i++) {
        uint8_t c = name[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '-') return false;
    }
    return true;
}
