/* SPDX-License-Identifier: MIT */
/* Text without stdio and without a heap. */
#include "text.h"

#include <errno.h>
#include <string.h>

/* include/linux/errno.h; it should not reach user space, and does. */
#define KERNEL_ENOTSUPP 524

struct output {
	char *next;
	char *end;      /* the place of the final NUL */
	bool cut;
};

static void put(struct output *out, char character)
{
	if (out->next < out->end)
		*out->next++ = character;
	else
		out->cut = true;
}

static void put_text(struct output *out, const char *text)
{
	for (; *text; text++)
		put(out, *text >= ' ' && *text <= '~' ? *text : '?');
}

static void put_number(struct output *out, unsigned value, unsigned base)
{
	char digits[12];
	size_t count = 0;

	do
		digits[count++] = "0123456789abcdef"[value % base];
	while (value /= base);
	while (count > 0)
		put(out, digits[--count]);
}

static void put_signed(struct output *out, int value)
{
	if (value < 0)
		put(out, '-');
	put_number(out, value < 0 ? 0U - (unsigned)value : (unsigned)value, 10);
}

size_t text_format_list(char *text, size_t size, const char *format, va_list arguments)
{
	struct output out = { text, text + size - 1, false };

	for (; *format; format++) {
		if (*format != '%') {
			put(&out, *format);
			continue;
		}
		switch (*++format) {
		case 's': put_text(&out, va_arg(arguments, const char *)); break;
		case 'c': put(&out, (char)va_arg(arguments, int)); break;
		case 'd': put_signed(&out, va_arg(arguments, int)); break;
		case 'u': put_number(&out, va_arg(arguments, unsigned), 10); break;
		case 'x': put_number(&out, va_arg(arguments, unsigned), 16); break;
		default:  put(&out, *format); break;
		}
	}
	*out.next = '\0';
	if (out.cut)
		memcpy(out.end - 3, "...", 3);
	return (size_t)(out.next - text);
}

size_t text_format(char *out, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	size_t length = text_format_list(out, size, format, arguments);
	va_end(arguments);
	return length;
}

const char *errno_words(int error)
{
	switch (error) {
	case ENOPKG:          return "an algorithm that the kernel lacks";
	case EBADMSG:         return "malformed or damaged";
	case EKEYREJECTED:    return "wrong key or signature";
	case KERNEL_ENOTSUPP: return "not supported";
	}
	return strerror(error);
}

bool text_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool text_ends(const char *text, const char *suffix)
{
	size_t length = strlen(text), wanted = strlen(suffix);

	return length >= wanted && strcmp(text + length - wanted, suffix) == 0;
}

bool text_contains(const char *text, const char *part)
{
	for (; *text; text++)
		if (text_starts(text, part))
			return true;
	return false;
}

const char *text_word(const char **list, size_t *length)
{
	const char *word = *list + strspn(*list, " \t");

	*length = strcspn(word, " \t");
	*list = word + *length;
	return *length > 0 ? word : NULL;
}

bool text_is_word(const char *word, size_t length, const char *expected)
{
	return strlen(expected) == length && memcmp(word, expected, length) == 0;
}

bool text_hex(const char *digits, size_t length, uint32_t *value)
{
	uint32_t result = 0;

	if (length == 0 || length > 8 || !text_is_hex(digits, length))
		return false;
	for (size_t i = 0; i < length; i++) {
		unsigned digit = digits[i] <= '9' ? digits[i] - '0' : digits[i] - 'a' + 10;
		result = result << 4 | digit;
	}
	*value = result;
	return true;
}

const char *text_at(const char *texts, unsigned index)
{
	while (index-- > 0)
		texts += strlen(texts) + 1;
	return texts;
}

int text_index(const char *texts, const char *text)
{
	for (int i = 0; *texts; i++, texts = text_at(texts, 1))
		if (strcmp(texts, text) == 0)
			return i;
	return -1;
}

bool text_is_hex(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!((text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f')))
			return false;
	return true;
}
