/* Reads a plan: docs/plan-format.md, "Plan" and "Steps". */
#ifndef DROVER_PLAN_H
#define DROVER_PLAN_H

#include "fields.h"

#define PLAN_BYTES_MAX (512u * 1024u)
#define PLAN_STEPS_MAX 500u
#define PLAN_CODES_MAX 256u
#define PLAN_DURATION_SECONDS_MAX (30u * 24u * 3600u)
#define ATTEMPT_NAME_MAX 48u
/* 32,000 UTF-16 units are at most this many bytes of UTF-8. */
#define COMMAND_BYTES_MAX 96000u
#define TEXT_BYTES_MAX 8192u

#define BRANCH_STOP_SUCCESS 0xFFFFFFFEu
#define BRANCH_STOP_FAILURE 0xFFFFFFFFu

enum step_type {
    STEP_COMMAND = 1,
    STEP_PROCESS,
    STEP_KILL_PROCESS,
    STEP_CONDITION,
    STEP_MSI_UNINSTALL,
    STEP_RESTART,
    STEP_COPY_FILES,
    STEP_WAIT,
    STEP_MESSAGE,
    STEP_TYPES = STEP_MESSAGE
};

/* The tags of a step's fields, and the places of their values. */
enum step_field {
    FIELD_TYPE = 1,
    FIELD_COMMAND,
    FIELD_SUCCESS_CODES,
    FIELD_ON_SUCCESS,
    FIELD_ON_FAILURE,
    FIELD_TIMEOUT,
    FIELD_RESTART_NEEDED_CODES,
    FIELD_RESTART_BEGUN_CODES,
    FIELD_TRY_AGAIN_CODES,
    FIELD_FLAGS,
    FIELD_NUMBER,
    FIELD_TEXT,
    FIELD_SECOND_TEXT,
    FIELD_PRODUCT_CODE,
    FIELD_VERSION,
    FIELD_CRITERIA,
    STEP_FIELDS
};

enum {
    FLAG_ANY_CODE = 1,      /* of steps that run a process */
    FLAG_FORCE = 1,         /* of STEP_KILL_PROCESS */
    FLAG_CHILDREN = 2,
    FLAG_RECURSE = 1,       /* of STEP_COPY_FILES */
    FLAG_ONLY_NEWER = 2,
    FLAG_NEVER_OVERWRITE = 4
};

enum exit_meaning { MEANS_SUCCESS, MEANS_RESTART_NEEDED, MEANS_RESTART_BEGUN, MEANS_TRY_AGAIN, MEANS_FAILURE };

struct plan_step {
    enum step_type type;
    uint32_t on_success;
    uint32_t on_failure;
    uint32_t timeout_seconds; /* 0: only the maximum duration */
    uint32_t flags;
    uint32_t number;
    struct slice fields[STEP_FIELDS]; /* indexed by enum step_field */
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

/* What an exit code means for a step that runs a process. Lists that are not there are the usual ones. */
enum exit_meaning plan_exit_meaning(const struct plan_step *step, uint32_t exit_code);

/* Letters, digits and hyphens, 1 to ATTEMPT_NAME_MAX. */
bool attempt_name_is_valid(const uint8_t *name, size_t size);

#endif
