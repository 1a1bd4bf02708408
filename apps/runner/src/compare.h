/* Comparing what a computer has with what a criterion wants. The same rules are in libs/domain/src/criteria. */
#ifndef DROVER_COMPARE_H
#define DROVER_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum comparison {
    OPERATOR_NONE,
    OPERATOR_LESS,
    OPERATOR_LESS_OR_EQUAL,
    OPERATOR_EQUAL,
    OPERATOR_NOT_EQUAL,
    OPERATOR_GREATER_OR_EQUAL,
    OPERATOR_GREATER
};

enum { VERSION_PARTS_MAX = 8 };

extern const char *const comparison_names[OPERATOR_GREATER + 1];

/* `order` is below, at or above 0. */
bool comparison_holds(enum comparison comparison, int order);

/* Numbers between dots (or commas, as in old version resources) at the beginning of a text; missing ones count as 0. False
   when either text begins with no number: then nothing compares. */
bool compare_versions(const char *left, const char *right, int *order);

/* A whole number, decimal or 0x…, with blanks around it at most; beyond 64 bits it is the largest or smallest there. */
bool parse_number(const char *text, int64_t *number);

/* `pattern` may hold * and ?; a ? is one character. Both in upper case already where case does not matter. */
bool matches_pattern(const char *pattern, const char *text);

#endif
