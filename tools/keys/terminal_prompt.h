/* SPDX-License-Identifier: Apache-2.0 */
/* Asking at the terminal for what must not show there. */
#ifndef PHASH_TOOLS_TERMINAL_PROMPT_H
#define PHASH_TOOLS_TERMINAL_PROMPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Print "<ask> of <what>: " and read a line without echo, whatever stdin and stderr are.
 *
 *  out   room bytes; what was typed, cut at room, without the end of the line
 *  size  how many of them
 *  False after a message when there is no terminal. A signal that ends programs ends this one when the terminal is as
 *  it was. Not for programs that have threads already. */
bool terminal_prompt(uint8_t *out, size_t *size, size_t room, const char *ask, const char *what);

#endif
