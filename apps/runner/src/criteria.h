/* The criteria of a condition step: docs/plan-format.md, "Criteria". */
#ifndef DROVER_CRITERIA_H
#define DROVER_CRITERIA_H

#include "compare.h"
#include "facts.h"
#include "text.h"

enum { CRITERIA_DEPTH_MAX = 8, CRITERIA_MAX = 200 };

/* Fits a line about one criterion: its texts, and what was found. */
#define CRITERION_LINE_MAX (4u * TEXT_BYTES_MAX)

struct criteria_work {
    struct system *system;
    /* Told about each criterion: whether it holds, and what was found. */
    void (*say)(void *context, const char *line);
    void *context;
    char subject[TEXT_BYTES_MAX + 1], detail[TEXT_BYTES_MAX + 1], wanted[TEXT_BYTES_MAX + 1];
    char found[TEXT_BYTES_MAX + 1], left[TEXT_BYTES_MAX + 1], right[TEXT_BYTES_MAX + 1];
    struct value_facts value;
    struct uninstall_entry entry;
    char line_text[CRITERION_LINE_MAX];
};

/* Exactly one criterion, all of it understood. */
bool criteria_are_valid(struct slice criteria);

/* Every criterion is evaluated and told, also where the others have decided already. */
bool criteria_hold(struct criteria_work *work, struct slice criteria);

/* Whether an uninstall entry fits; a pattern or version that is NULL fits everything. */
bool uninstall_entry_fits(struct criteria_work *work, const struct uninstall_entry *entry, const char *name, const char *publisher,
                          enum comparison comparison, const char *version);

/* `value`, ended with NUL in `text`, which holds TEXT_BYTES_MAX + 1; NULL when it is not there. */
const char *slice_text(struct slice value, char *text);

#endif
