#include "plan.h"

#include "bytes.h"

#include <string.h>

enum { HEADER_BYTES = 12, CHECKSUM_BYTES = 4, FIELD_HEADER_BYTES = 6, OPTIONAL_TAG = 0x8000 };
enum { PLAN_ATTEMPT = 1, PLAN_DURATION = 2, PLAN_RETAIN = 3, PLAN_STEP = 4 };
enum { STEP_TYPE = 1, STEP_COMMAND = 2, STEP_CODES = 3, STEP_ON_SUCCESS = 4, STEP_ON_FAILURE = 5, STEP_FIELDS = 5 };
enum { TYPE_COMMAND = 1 };

struct field {
    uint16_t tag;
    struct slice value;
};

/* Takes the next field from the front of `rest`. False when there is no whole one. */
static bool next_field(struct slice *rest, struct field *field)
{
    if (rest->size < FIELD_HEADER_BYTES) return false;
    size_t length = get_u32(rest->bytes + 2);
    if (length > rest->size - FIELD_HEADER_BYTES) return false;
    field->tag = get_u16(rest->bytes);
    field->value = (struct slice){rest->bytes + FIELD_HEADER_BYTES, length};
    rest->bytes += FIELD_HEADER_BYTES + length;
    rest->size -= FIELD_HEADER_BYTES + length;
    return true;
}

static bool read_step(struct plan_step *step, struct slice rest)
{
    struct slice values[STEP_FIELDS + 1] = {{0}};
    struct field field;
    while (rest.size > 0) {
        if (!next_field(&rest, &field)) return false;
        if (field.tag & OPTIONAL_TAG) continue;
        if (field.tag < 1 || field.tag > STEP_FIELDS || values[field.tag].bytes) return false;
        values[field.tag] = field.value;
    }
    for (int tag = 1; tag <= STEP_FIELDS; tag++)
        if (!values[tag].bytes) return false;
    if (values[STEP_TYPE].size != 2 || get_u16(values[STEP_TYPE].bytes) != TYPE_COMMAND) return false;
    if (values[STEP_ON_SUCCESS].size != 4 || values[STEP_ON_FAILURE].size != 4) return false;
    step->command = values[STEP_COMMAND];
    step->success_codes = values[STEP_CODES];
    step->on_success = get_u32(values[STEP_ON_SUCCESS].bytes);
    step->on_failure = get_u32(values[STEP_ON_FAILURE].bytes);
    if (step->command.size > COMMAND_BYTES_MAX || memchr(step->command.bytes, 0, step->command.size)) return false;
    return step->success_codes.size % 4 == 0 && step->success_codes.size / 4 <= PLAN_SUCCESS_CODES_MAX;
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
        if (field.tag & OPTIONAL_TAG) continue;
        if (field.tag == PLAN_STEP) {
            if (plan->step_count == PLAN_STEPS_MAX || !read_step(&plan->steps[plan->step_count], field.value)) return false;
            plan->step_count++;
            continue;
        }
        if (field.tag < PLAN_ATTEMPT || field.tag > PLAN_RETAIN || seen & 1u << field.tag) return false;
        seen |= 1u << field.tag;
        if (field.tag == PLAN_ATTEMPT) plan->attempt = field.value;
        if (field.tag == PLAN_DURATION) {
            if (field.value.size != 4) return false;
            plan->maximum_duration_seconds = get_u32(field.value.bytes);
        }
        if (field.tag == PLAN_RETAIN) {
            if (field.value.size != 8) return false;
            plan->retain_until = get_u64(field.value.bytes);
        }
    }
    return seen == (1u << PLAN_ATTEMPT | 1u << PLAN_DURATION | 1u << PLAN_RETAIN);
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

bool plan_is_success(const struct plan_step *step, uint32_t exit_code)
{
    for (size_t at = 0; at < step->success_codes.size; at += 4)
        if (get_u32(step->success_codes.bytes + at) == exit_code) return true;
    return false;
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
