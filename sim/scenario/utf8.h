/* utf8.h - characters of UTF-8 text: what columns count and terminals show.
 *
 * Own decoding, because the C library's depends on the locale. */
#ifndef SIM_SCENARIO_UTF8_H
#define SIM_SCENARIO_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In place of bytes that are no UTF-8 (overlong forms, surrogates and stray bytes included). */
#define SIM_UTF8_INVALID UINT32_MAX

/* Bytes of the character at TEXT, of which LEFT (at least 1) can be read; an invalid byte counts as
 * one character. */
size_t sim_utf8_next(const char *text, size_t left, uint32_t *code);
/* Columns that a terminal gives to CODE: 0 for combining marks, 2 for wide East Asian characters
 * and emoji. */
unsigned sim_utf8_width(uint32_t code);
/* Whether CODE can be shown: no control character, nothing that reorders or hides its neighbours.
 * */
bool sim_utf8_is_visible(uint32_t code);
/* Characters in LENGTH bytes of TEXT. */
size_t sim_utf8_count(const char *text, size_t length);

#endif
