#include "compare.h"

#include <string.h>

const char *const comparison_names[] = {"", "<", "<=", "=", "!=", ">=", ">"};

bool comparison_holds(enum comparison comparison, int order)
{
    switch (comparison) {
    case OPERATOR_LESS: return order < 0;
    case OPERATOR_LESS_OR_EQUAL: return order <= 0;
    case OPERATOR_EQUAL: return order == 0;
    case OPERATOR_NOT_EQUAL: return order != 0;
    case OPERATOR_GREATER_OR_EQUAL: return order >= 0;
    case OPERATOR_GREATER: return order > 0;
    default: return false;
    }
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static const char *after_blanks(const char *text)
{
    while (*text == ' ' || *text == '\t') text++;
    return text;
}

/* Returns how many numbers the text begins with. */
static int parse_version(const char *text, uint64_t parts[VERSION_PARTS_MAX])
{
    int count = 0;
    memset(parts, 0, VERSION_PARTS_MAX * sizeof *parts);
    text = after_blanks(text);
    while (count < VERSION_PARTS_MAX && is_digit(*text)) {
        uint64_t part = 0;
        for (; is_digit(*text); text++)
            if (part < UINT32_MAX) part = part * 10 + (uint64_t)(*text - '0');
        parts[count++] = part < UINT32_MAX ? part : UINT32_MAX;
        if (*text != '.' && *text != ',') break;
        text = after_blanks(text + 1);
    }
    return count;
}

bool compare_versions(const char *left, const char *right, int *order)
{
    uint64_t left_parts[VERSION_PARTS_MAX], right_parts[VERSION_PARTS_MAX];
    if (parse_version(left, left_parts) == 0 || parse_version(right, right_parts) == 0) return false;
    *order = 0;
    for (int i = 0; i < VERSION_PARTS_MAX && *order == 0; i++)
        if (left_parts[i] != right_parts[i]) *order = left_parts[i] < right_parts[i] ? -1 : 1;
    return true;
}

static int digit_value(char c)
{
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

bool parse_number(const char *text, int64_t *number)
{
    uint64_t value = 0;
    text = after_blanks(text);
    bool is_negative = *text == '-';
    if (*text == '-' || *text == '+') text++;
    bool is_hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    if (is_hexadecimal) text += 2;
    const int base = is_hexadecimal ? 16 : 10;
    if (digit_value(*text) >= base) return false;
    for (; digit_value(*text) < base; text++) {
        uint64_t digit = (uint64_t)digit_value(*text);
        value = value > (INT64_MAX - digit) / (uint64_t)base ? INT64_MAX : value * (uint64_t)base + digit;
    }
    if (*after_blanks(text)) return false;
    *number = is_negative ? -(int64_t)value : (int64_t)value;
    return true;
}

static const char *after_character(const char *text)
{
    text++;
    while (((unsigned char)*text & 0xC0) == 0x80) text++;
    return text;
}

bool matches_pattern(const char *pattern, const char *text)
{
    const char *star = NULL, *retry = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            retry = text;
        } else if (*pattern == '?') {
            pattern++;
            text = after_character(text);
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = retry = after_character(retry);
        } else {
            return false;
        }
    }
    while (*pattern == '*') pattern++;
    return *pattern == 0;
}
