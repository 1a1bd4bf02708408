/* How a Command step reaches Command Prompt: docs/plan-format.md, "Commands". One line is handed over as it stands. Several
   lines become a batch file that means what the lines mean when they are typed one after the other. */
#ifndef DROVER_SCRIPT_H
#define DROVER_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#define SCRIPT_BYTES_MAX (256u * 1024u)

/* The only line of `command` that is not blank, ended with NUL in place; NULL when there are several. */
const char *script_single_line(char *command);

/* Writes the batch file for `command` with a NUL at its end. False when `capacity` is too small. */
bool script_write(const char *command, char *script, size_t capacity);

#endif
