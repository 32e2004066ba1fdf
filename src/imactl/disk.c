/* SPDX-License-Identifier: MIT */
/* An image of a disk, with a GUID partition table by sfdisk and one partition. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "attributes.h"
#include "bytes.h"
#include "pack.h"
#include "report.h"
#include "tool.h"

#define SECTOR  512ULL
#define MIB     (1ULL << 20)         /* partitions are aligned to it; a table takes less */
#define TYPE    "0FC63DAF-8483-4772-8E79-3D69D8477DE4"      /* Linux file system */
#define BUFFER  65536

static bool copy(const struct pack *pack, int from, int to, off_t at)
{
	char buffer[BUFFER];
	ssize_t count;

	while ((count = read(from, buffer, sizeof(buffer))) > 0)
		for (ssize_t done = 0; done < count;) {
			ssize_t part = pwrite(to, buffer + done, (size_t)(count - done), at);

			if (part < 0)
				return pack_failed(pack, "write");
			done += part;
			at += part;
		}
	return count == 0 || pack_failed(pack, "read back");
}

static uint64_t round_up(uint64_t size)
{
	return (size + MIB - 1) / MIB * MIB;
}

/* A table at the beginning, the partition, and the other table at the end. */
static bool make_file(const struct pack *pack, const char *partition, uint64_t *size)
{
	struct stat status;
	AUTO_CLOSE int from = open(partition, O_RDONLY | O_CLOEXEC);
	AUTO_CLOSE int to = open(pack->image, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (from < 0 || to < 0 || fstat(from, &status) < 0)
		return pack_failed(pack, "write");
	*size = round_up((uint64_t)status.st_size);
	if (ftruncate(to, (off_t)(*size + 2 * MIB)) < 0)
		return pack_failed(pack, "write");
	return copy(pack, from, to, (off_t)MIB);
}

bool disk_write(const struct pack *pack, const char *partition)
{
	char disk_id[37], partition_id[37];
	struct tool tool;
	uint64_t size = 0;

	if (!make_file(pack, partition, &size) ||
	    !tool_start(&tool, "fdisk",
			(const char *const[]){ "sfdisk", "--quiet", "--no-reread",
					       "--no-tell-kernel", "--wipe", "never", pack->image,
					       NULL },
			true, false))
		return false;
	bool right = fprintf(tool.in,
			     "label: gpt\nlabel-id: %s\n"
			     "start=%llu, size=%llu, type=" TYPE ", uuid=%s, name=root\n",
			     pack_uuid(pack, DISK_UUID, disk_id), MIB / SECTOR,
			     (unsigned long long)(size / SECTOR),
			     pack_uuid(pack, PARTITION_UUID, partition_id)) > 0 &&
		fflush(tool.in) == 0;

	return tool_end(&tool, right);
}

/* Where the first partition begins and how large it is, as the kernel reads it. */
static bool find_partition(const uint8_t *bytes, size_t size, uint64_t *start, uint64_t *length)
{
	const uint8_t *header = bytes + SECTOR;

	if (size < 3 * SECTOR || memcmp(header, "EFI PART", 8) != 0)
		return false;
	uint64_t entries = get64(header + 72) * SECTOR;

	if (entries > size - 128)
		return false;
	*start = get64(bytes + entries + 32) * SECTOR;
	*length = (get64(bytes + entries + 40) + 1) * SECTOR - *start;
	return *start < size && *length <= size - *start;
}

bool disk_same(const struct pack *pack, const char *partition)
{
	struct pack inside = { .output = pack->output };
	uint64_t start = 0, length = 0;
	size_t size, part_size;

	(void)strcpy(inside.image, partition);
	const uint8_t *bytes = pack_map(pack, &size);
	const uint8_t *part = pack_map(&inside, &part_size);
	bool right = bytes && part && find_partition(bytes, size, &start, &length) &&
		part_size <= length && memcmp(bytes + start, part, part_size) == 0;

	if (bytes && part && !right)
		complain(pack->output, "read back", "its partition is not what was made");
	pack_unmap(bytes, size);
	pack_unmap(part, part_size);
	return right;
}
