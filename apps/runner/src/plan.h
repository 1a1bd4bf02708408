/* Reads a plan: docs/plan-format.md, "Plan". */
#ifndef DROVER_PLAN_H
#define DROVER_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_BYTES_MAX (512u * 1024u)
#define PLAN_STEPS_MAX 500u
#define PLAN_SUCCESS_CODES_MAX 256u
#define PLAN_DURATION_SECONDS_MAX (30u * 24u * 3600u)
#define ATTEMPT_NAME_MAX 48u
/* 32,000 UTF-16 units are at most this many bytes of UTF-8. */
#define COMMAND_BYTES_MAX 96000u

#define BRANCH_STOP_SUCCESS 0xFFFFFFFEu
#define BRANCH_STOP_FAILURE 0xFFFFFFFFu

struct slice {
    const uint8_t *bytes;
    size_t size;
};

struct plan_step {
    struct slice command;
    struct slice success_codes; /* 4 bytes each */
    uint32_t on_success;
    uint32_t on_failure;
};

struct plan {
    struct slice attempt;
    uint32_t maximum_duration_seconds;
    uint64_t retain_until; /* FILETIME */
    uint32_t step_count;
    struct plan_step steps[PLAN_STEPS_MAX];
};

/* Slices of `plan` point into `bytes`. False for anything that is damaged or asks for what this runner cannot do. */
bool plan_read(struct plan *plan, const uint8_t *bytes, size_t size);

bool plan_is_success(const struct plan_step *step, uint32_t exit_code);

/* Letters, digits and hyphens, 1 to ATTEMPT_NAME_MAX. */
bool attempt_name_is_valid(const uint8_t *name, size_t size);

#endif
