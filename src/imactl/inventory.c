/* SPDX-License-Identifier: MIT */
/* All that is in a tree or in an image of it. */
#include "inventory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/evp.h>

#include "report.h"

static void *checked(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

struct entry *inventory_add(struct inventory *inventory, const char *path)
{
	struct entry *entry = checked(calloc(1, sizeof(*entry)));

	/* Room for 1, 2, 4, 8... */
	if ((inventory->count & (inventory->count - 1)) == 0)
		inventory->list = checked(realloc(inventory->list, 2 * (inventory->count + 1) *
								   sizeof(*inventory->list)));
	inventory->list[inventory->count++] = entry;
	entry->path = checked(strdup(path));
	entry->first = entry;
	entry->links = 1;
	return entry;
}

void entry_add_attribute(struct entry *entry, const char *name, const void *value, size_t size)
{
	size_t count = entry->attribute_count++;

	entry->attributes =
		checked(realloc(entry->attributes, (count + 1) * sizeof(struct attribute)));
	entry->attributes[count] = (struct attribute){
		.name = checked(strdup(name)), .value = checked(malloc(size + 1)), .size = size,
	};
	memcpy(entry->attributes[count].value, value, size);
}

const struct attribute *entry_attribute(const struct entry *entry, const char *name)
{
	for (size_t i = 0; i < entry->attribute_count; i++)
		if (strcmp(entry->attributes[i].name, name) == 0)
			return &entry->attributes[i];
	return NULL;
}

static void free_attribute(struct attribute *attribute)
{
	free(attribute->name);
	free(attribute->value);
}

bool entry_add_to_digest(void *context, const uint8_t *bytes, size_t size)
{
	return EVP_DigestUpdate(context, bytes, size) == 1;
}

bool entry_set_target(void *data, const uint8_t *bytes, size_t size)
{
	struct entry *entry = data;

	/* A symlink is of one block at most: PATH_MAX. */
	if (entry->target)
		return false;
	entry->target = strndup((const char *)bytes, size);
	return entry->target && strlen(entry->target) == size;
}

void entry_remove_attribute(struct entry *entry, const char *name)
{
	for (size_t i = 0; i < entry->attribute_count; i++)
		if (strcmp(entry->attributes[i].name, name) == 0) {
			free_attribute(&entry->attributes[i]);
			entry->attributes[i] = entry->attributes[--entry->attribute_count];
			return;
		}
}

void entry_remove_attributes(struct entry *entry)
{
	while (entry->attribute_count > 0)
		free_attribute(&entry->attributes[--entry->attribute_count]);
}

/* A slash comes before every other byte, so that what is in a directory follows it at once. */
static int compare_paths(const char *left, const char *right)
{
	while (*left && *left == *right)
		left++, right++;
	int a = *left == '/' ? 1 : *left ? 1 + (unsigned char)*left : 0;
	int b = *right == '/' ? 1 : *right ? 1 + (unsigned char)*right : 0;

	return a - b;
}

static int compare_entries(const void *a, const void *b)
{
	return compare_paths((*(struct entry *const *)a)->path, (*(struct entry *const *)b)->path);
}

static int compare_attributes(const void *a, const void *b)
{
	return strcmp(((const struct attribute *)a)->name, ((const struct attribute *)b)->name);
}

static int compare_inodes(const void *a, const void *b)
{
	const struct entry *left = *(struct entry *const *)a, *right = *(struct entry *const *)b;

	if (left->inode_device != right->inode_device)
		return left->inode_device < right->inode_device ? -1 : 1;
	if (left->inode != right->inode)
		return left->inode < right->inode ? -1 : 1;
	return compare_paths(left->path, right->path);
}

static void find_links(struct inventory *inventory)
{
	size_t size = inventory->count * sizeof(*inventory->list);
	struct entry **sorted = checked(malloc(size + 1));

	memcpy(sorted, inventory->list, size);
	qsort(sorted, inventory->count, sizeof(*sorted), compare_inodes);
	for (size_t i = 1; i < inventory->count; i++) {
		if (S_ISDIR(sorted[i]->mode) || sorted[i]->inode != sorted[i - 1]->inode ||
		    sorted[i]->inode_device != sorted[i - 1]->inode_device)
			continue;
		sorted[i]->first = sorted[i - 1]->first;
		sorted[i]->first->links++;
	}
	free(sorted);
}

void inventory_finish(struct inventory *inventory)
{
	if (inventory->count == 0)
		return;
	qsort(inventory->list, inventory->count, sizeof(*inventory->list), compare_entries);
	for (size_t i = 0; i < inventory->count; i++) {
		struct entry *entry = inventory->list[i];

		entry->first = entry;
		entry->links = 1;
		if (entry->attribute_count > 1)
			qsort(entry->attributes, entry->attribute_count, sizeof(struct attribute),
			      compare_attributes);
	}
	find_links(inventory);
}

struct entry *inventory_find(const struct inventory *inventory, const char *path)
{
	struct entry key = { .path = (char *)path }, *pointer = &key;
	struct entry **found = inventory->count == 0
		? NULL
		: bsearch(&pointer, inventory->list, inventory->count, sizeof(*inventory->list),
			  compare_entries);

	return found ? *found : NULL;
}

/* Enough to say which entry was not packed, and an end to a directory that is inside itself. */
void inventory_limit(struct inventory *inventory, const struct inventory *source)
{
	inventory->count_max = 2 * source->count + 1024;
	inventory->bytes_left = 1 << 20;
	for (size_t i = 0; i < source->count; i++)
		inventory->bytes_left += 2 * source->list[i]->size;
}

bool inventory_takes(struct inventory *inventory, uint64_t size)
{
	if (inventory->count_max == 0)
		return true;
	if (inventory->count > inventory->count_max || size > inventory->bytes_left)
		return false;
	inventory->bytes_left -= size;
	return true;
}

static void free_entry(struct entry *entry)
{
	for (size_t i = 0; i < entry->attribute_count; i++)
		free_attribute(&entry->attributes[i]);
	free(entry->attributes);
	free(entry->path);
	free(entry->target);
	free(entry);
}

void inventory_remove(struct inventory *inventory, size_t place)
{
	free_entry(inventory->list[place]);
	inventory->count--;
	memmove(&inventory->list[place], &inventory->list[place + 1],
		(inventory->count - place) * sizeof(*inventory->list));
}

void inventory_free(struct inventory *inventory)
{
	for (size_t i = 0; i < inventory->count; i++)
		free_entry(inventory->list[i]);
	free(inventory->list);
	*inventory = (struct inventory){ 0 };
}

/* ---- comparing ---- */

/* The name of an attribute that one has and the other has not, or not so; NULL: there is none. */
static const char *different_attribute(const struct entry *left, const struct entry *right)
{
	for (size_t i = 0; i < left->attribute_count; i++) {
		const struct attribute *one = &left->attributes[i];
		const struct attribute *other = entry_attribute(right, one->name);

		if (!other || other->size != one->size ||
		    memcmp(other->value, one->value, one->size) != 0)
			return one->name;
	}
	return NULL;
}

static bool same_target(const struct entry *left, const struct entry *right)
{
	return strcmp(left->target ? left->target : "", right->target ? right->target : "") == 0;
}

/* What is different, in words; NULL: nothing. */
static const char *difference(const struct entry *source, const struct entry *found)
{
	const char *name;

	if (source->mode != found->mode)
		return (source->mode & S_IFMT) != (found->mode & S_IFMT) ? "its type" : "its mode";
	if (source->uid != found->uid || source->gid != found->gid)
		return "its owner";
	if (strcmp(source->first->path, found->first->path) != 0)
		return "what it is a hard link to";
	if (S_ISREG(source->mode) && (source->size != found->size ||
				      memcmp(source->digest, found->digest, INVENTORY_DIGEST) != 0))
		return "its content";
	if (S_ISLNK(source->mode) && !same_target(source, found))
		return "where it leads to";
	if ((S_ISCHR(source->mode) || S_ISBLK(source->mode)) && source->device != found->device)
		return "its device number";
	name = different_attribute(source, found);
	return name ? name : different_attribute(found, source);
}

bool inventory_same(const struct inventory *source, const struct inventory *found,
		    const char *image)
{
	for (size_t i = 0; i < source->count || i < found->count; i++) {
		const struct entry *is = i < found->count ? found->list[i] : NULL;
		const struct entry *should = i < source->count ? source->list[i] : NULL;
		int order = !is ? -1 : !should ? 1 : compare_paths(should->path, is->path);
		const struct entry *named = order <= 0 ? should : is;
		const char *what = order < 0 ? "it is missing"
			: order > 0          ? "it is there, and was not packed"
					     : difference(should, is);
		char name[4 * 4096];

		if (!what)
			continue;
		complain(image, "read back", "%s: %s%s",
			 named->path[0] ? escape_name(named->path, name, sizeof(name)) : "/", what,
			 order == 0 ? " is not what was packed" : "");
		return false;
	}
	return true;
}

/* ---- the digest ---- */

static bool add_text(EVP_MD_CTX *context, const char *text)
{
	/* With its NUL, so that two texts are not taken for one. */
	return EVP_DigestUpdate(context, text, strlen(text) + 1) == 1;
}

static bool add_entry(EVP_MD_CTX *context, const struct entry *entry)
{
	uint64_t numbers[] = { entry->mode, entry->uid, entry->gid, entry->size, entry->device,
			       entry->attribute_count };
	bool right = add_text(context, entry->path) && add_text(context, entry->first->path) &&
		add_text(context, entry->target ? entry->target : "") &&
		EVP_DigestUpdate(context, numbers, sizeof(numbers)) == 1 &&
		EVP_DigestUpdate(context, entry->digest, sizeof(entry->digest)) == 1;

	for (size_t i = 0; right && i < entry->attribute_count; i++) {
		const struct attribute *attribute = &entry->attributes[i];
		uint64_t size = attribute->size;

		right = add_text(context, attribute->name) &&
			EVP_DigestUpdate(context, &size, sizeof(size)) == 1 &&
			EVP_DigestUpdate(context, attribute->value, attribute->size) == 1;
	}
	return right;
}

bool inventory_id(const struct inventory *inventory, uint8_t id[INVENTORY_DIGEST])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool right = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;

	for (size_t i = 0; right && i < inventory->count; i++)
		right = add_entry(context, inventory->list[i]);
	right = right && EVP_DigestFinal_ex(context, id, NULL) == 1;
	EVP_MD_CTX_free(context);
	return right;
}
