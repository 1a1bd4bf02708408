/* Building texts without a heap: what does not fit is cut, and said to be. */
#ifndef DROVER_TEXT_H
#define DROVER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
    char *start;
    size_t size;     /* without the NUL, which is always there */
    size_t capacity; /* with it */
    bool is_cut;
};

static inline struct text text_in(char *start, size_t capacity)
{
    start[0] = 0;
    return (struct text){start, 0, capacity, false};
}

static inline void text_put_bytes(struct text *text, const void *bytes, size_t size)
{
    size_t room = text->capacity - 1 - text->size;
    if (size > room) text->is_cut = true;
    if (size > room) size = room;
    if (size > 0) memcpy(text->start + text->size, bytes, size);
    text->size += size;
    text->start[text->size] = 0;
}

static inline void text_put(struct text *text, const char *more) { text_put_bytes(text, more, strlen(more)); }

static inline void text_put_number(struct text *text, uint64_t number)
{
    char digits[20];
    size_t first = sizeof digits;
    do digits[--first] = (char)('0' + number % 10);
    while (number /= 10);
    text_put_bytes(text, digits + first, sizeof digits - first);
}

/* At least two digits. */
static inline void text_put_two(struct text *text, uint64_t number)
{
    if (number < 10) text_put(text, "0");
    text_put_number(text, number);
}

#endif
