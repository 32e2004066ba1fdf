/* SPDX-License-Identifier: MIT */
/* Text without stdio and without a heap. */
#ifndef FORMAT_TEXT_H
#define FORMAT_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/**
 * text_format() - the part of snprintf() that a boot log needs
 * @out: where to write; always terminated
 * @size: bytes there, at least 4
 * @format: knows %s, %c, %d, %u, %x and %%, without flags
 *
 * What comes through %s and is not printable ASCII is written as `?`, since it
 * may come from the disk. What does not fit ends in "...".
 *
 * Return: the length written.
 */
__attribute__((format(printf, 3, 4)))
size_t text_format(char *out, size_t size, const char *format, ...);

__attribute__((format(printf, 3, 0)))
size_t text_format_list(char *out, size_t size, const char *format, va_list arguments);

/* An errno in words and as a number: text_format("... " ERRNO_FORMAT, ERRNO(error)) */
#define ERRNO_FORMAT "%s (error %d)"
#define ERRNO(error) errno_words(error), (error)

/**
 * errno_words() - strerror(), with what keys, signatures and file systems mean by it
 *
 * musl has no words for ENOPKG and for the kernel's own ENOTSUPP.
 */
const char *errno_words(int error);

/* A limit as a part of a message that is not formatted. */
#define TEXT_OF(limit) TEXT_OF_VALUE(limit)
#define TEXT_OF_VALUE(value) #value

bool text_starts(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);

/** text_contains() - strstr() in a few bytes: libc's are 1,300, to be fast on long texts */
bool text_contains(const char *text, const char *part);

/**
 * text_word() - the next word of a list that is separated by blanks
 * @list: moved behind the word
 * @length: set to the word's length
 *
 * Return: the word, not terminated, or NULL when there is none left.
 */
const char *text_word(const char **list, size_t *length);

/** text_is_word() - whether the @length bytes at @word are exactly @expected */
bool text_is_word(const char *word, size_t length, const char *expected);

/**
 * text_hex() - the value of eight or fewer hexadecimal digits
 * Return: true when all @length characters are digits.
 */
bool text_hex(const char *digits, size_t length, uint32_t *value);

/** text_at() - that of texts that follow each other, each with its NUL */
const char *text_at(const char *texts, unsigned index);

/** text_index() - where @text is among texts as above, which an empty one ends; -1: nowhere */
int text_index(const char *texts, const char *text);

/** text_is_hex() - whether all @length characters are hexadecimal, without capitals */
bool text_is_hex(const char *text, size_t length);

#endif
