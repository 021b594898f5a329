/* SPDX-License-Identifier: Apache-2.0 */
/* The scripts of tools/completions, as text. */
#ifndef PHASH_TOOLS_COMPLETION_TEXTS_H
#define PHASH_TOOLS_COMPLETION_TEXTS_H

/** The script for each shell. */
extern const char completion_bash[];
extern const char completion_zsh[];
extern const char completion_fish[];

#endif
