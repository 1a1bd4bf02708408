/* The tagged fields of a plan: docs/plan-format.md, "Plan". Lengths are distrusted. */
#ifndef DROVER_FIELDS_H
#define DROVER_FIELDS_H

#include "bytes.h"

#include <stdbool.h>

enum { FIELD_HEADER_BYTES = 6, FIELD_OPTIONAL_TAG = 0x8000 };

struct slice {
    const uint8_t *bytes; /* NULL: the field is not there */
    size_t size;
};

struct field {
    uint16_t tag;
    struct slice value;
};

/* Takes the next field from the front of `rest`. False when there is no whole one. */
static inline bool next_field(struct slice *rest, struct field *field)
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

/* Reads fields, each at most once and only those in `allowed` (bit n: tag n), into `values`, which is indexed by tag and has
   `count` places. */
bool fields_read(struct slice rest, uint32_t allowed, struct slice *values, size_t count);

#endif
