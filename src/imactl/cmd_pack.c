/* SPDX-License-Identifier: MIT */
/* imactl pack: an image or an archive of a signed tree, compared with it before it has its name. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "command.h"
#include "options.h"
#include "output.h"
#include "pack.h"
#include "pack_certificates.h"
#include "package.h"
#include "report.h"
#include "tool.h"

static const char help[] =
"usage: imactl pack --format FORMAT [OPTION...] -o FILE TREE\n"
"\n"
"Makes an image of TREE, a directory that imactl sign has signed, with its owners and\n"
"attributes; reads it back, compares it with TREE, and only then calls it FILE. The same\n"
"tree gives the same bytes.\n"
"\n"
"  --format FORMAT  ext4, erofs, squashfs, initrd, initrd-ext4, tar, cpio, uki, deb, rpm\n"
"  -o, --output FILE\n"
"                   the file to make; it is never inside TREE\n"
"  --force          replace FILE\n"
"  --sidecar FILE   the signatures are in FILE, which imactl sign --sidecar made, and not in\n"
"                   attributes: for whoever is not root\n"
"  --owner UID:GID  what everything will belong to, as it was signed\n"
"  --permissions FILE\n"
"                   owners and modes that some of it will have, as they were signed\n"
"  --size SIZE      of a file system that is written to: bytes, or with K, M or G\n"
"                   (ext4, initrd-ext4; default: what is needed)\n"
"  --disk           the image of a disk: a GUID partition table with one partition\n"
"                   (ext4, erofs, squashfs)\n"
"  --drop-acls      leave POSIX ACLs out; the group may then do what its own entry says\n"
"  --kernel VERSION|CONFIG\n"
"                   the kernel for the certificates in TREE/ima/keys, such as 6.12, or\n"
"                   its .config (not uki; default: every supported kernel)\n"
"  --kernel FILE    the kernel of a UKI, of which TREE is the initramfs (uki)\n"
"  --cmdline TEXT   its command line (uki)\n"
"  --stub FILE      what starts it (uki; default: systemd's for x86-64)\n"
"  --package-version VERSION\n"
"                   of a package (deb, rpm), which has TREE/ima and nothing else\n"
"  --name NAME      of the package (default: ima-site)\n"
"  --maintainer \"NAME <ADDRESS>\"\n"
"                   who answers for it\n"
"  --quiet          no summary\n"
"  --json           the summary as JSON\n"
"\n"
"All times are SOURCE_DATE_EPOCH, or 1 second after the beginning of 1970.\n"
"\n"
"example:\n"
"  imactl sign --owner 0:0 --key KEYS/ima.key --evm-key KEYS/evm.key ROOT\n"
"  imactl pack --format ext4 --sidecar ROOT.sidecar --owner 0:0 -o root.img ROOT\n";

static const struct format {
	const char *name;
	bool (*write)(const struct pack *pack);
	bool (*read)(const struct pack *pack, struct inventory *found);
	bool has_size;               /* --size means something */
	bool is_file_system;         /* that can be the partition of a disk */
	bool from_disk;              /* owners and attributes can only be those of the tree */
	bool has_sidecar;            /* the signatures are in a file beside it */
	bool has_acls;               /* of POSIX */
	bool is_initrd;              /* what the kernel copies into /dev/ram0 as it is */
	bool is_package;             /* of /ima alone, and with a name and a version */
	bool is_uki;                 /* a kernel and a command line beside the tree, which has no attributes */
} formats[] = {
	{ "ext4", ext4_write, ext4_read, .has_size = true, .is_file_system = true,
	  .has_acls = true },
	{ "erofs", erofs_write, erofs_read, .is_file_system = true, .from_disk = true,
	  .has_acls = true },
	{ "squashfs", squashfs_write, squashfs_read, .is_file_system = true },
	{ "initrd", squashfs_write, squashfs_read, .is_initrd = true },
	{ "initrd-ext4", ext4_write, ext4_read, .has_size = true, .is_initrd = true,
	  .has_acls = true },
	{ "tar", tar_write, archive_read_image, .has_acls = true },
	{ "cpio", cpio_write, cpio_read, .has_sidecar = true },
	{ "uki", uki_write, uki_read, .is_uki = true },
	{ "deb", deb_write, deb_read, .is_package = true },
	{ "rpm", rpm_write, rpm_read, .is_package = true },
};

struct options {
	const struct format *format;
	const char *sidecar, *output, *permissions, *kernel, *cmdline, *stub;
	uint64_t size;
	struct evm_target target;
	struct package package;
	struct kernels kernels;      /* that it is for */
	bool disk, force, drop_acls, quiet, json;
};

/* ---- packing ---- */

static bool read_time(uint32_t *time)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	char *end;

	*time = 1;
	if (!text || !*text)
		return true;
	unsigned long long number = (errno = 0, strtoull(text, &end, 10));

	if (!isdigit((unsigned char)*text) || *end || errno != 0 || number > UINT32_MAX) {
		complain("SOURCE_DATE_EPOCH", "read", "it is a number from 0 to %u (the year 2106): cpio, squashfs and rpm have "
			 "32 bits for it", UINT32_MAX);
		return false;
	}
	*time = (uint32_t)number;
	return true;
}

static bool read_source(struct pack *pack, const struct options *options)
{
	struct sidecar *sidecar = options->sidecar ? sidecar_new() : NULL;
	bool right = (!sidecar || sidecar_read(sidecar, options->sidecar, false)) &&
		pack_read_tree(pack, sidecar, &options->target);

	sidecar_free(sidecar);
	right = right && pack_check_certificates(pack, &options->kernels);
	/* The firmware verifies the whole file; an initramfs has no room for any. */
	for (size_t i = 0; right && options->format->is_uki && i < pack->source.count; i++)
		entry_remove_attributes(pack->source.list[i]);
	return right;
}

static bool read_back(const struct pack *pack, const struct options *options)
{
	struct inventory found = { 0 };

	inventory_limit(&found, &pack->source);
	bool right = options->format->read(pack, &found);

	if (right)
		inventory_finish(&found);
	right = right && inventory_same(&pack->source, &found, pack->output);
	inventory_free(&found);
	return right;
}

static size_t count_signed(const struct inventory *inventory)
{
	size_t count = 0;

	for (size_t i = 0; i < inventory->count; i++)
		count += entry_attribute(inventory->list[i], XATTR_IMA) != NULL;
	return count;
}

/* What the kernel's command line needs, and nobody would guess. */
static void say_how_to_boot(const struct pack *pack, const struct options *options, uint64_t size)
{
	char uuid[37];

	if (options->format->is_initrd)
		printf("root=/dev/ram0 ramdisk_size=%llu\n",
		       (unsigned long long)(size + 1023) / 1024);
	if (options->disk)
		printf("root=PARTUUID=%s\n", pack_uuid(pack, PARTITION_UUID, uuid));
}

/* What was left out, and by which rule. */
static void say_left_out(const struct pack *pack)
{
	if (pack->mounts > 0)
		printf("%u left out, where something is mounted\n", pack->mounts);
	if (pack->acls > 0)
		printf("ACLs left out: %u\n", pack->acls);
}

static void summarise(const struct pack *pack, const struct options *options)
{
	struct stat status = { 0 };
	size_t number = count_signed(&pack->source);

	(void)stat(pack->output, &status);
	/* Not where the whole image is verified. */
	if (number == 0 && !options->format->is_uki)
		complain(pack->tree, "pack", "warning: no file has a signature: imactl sign comes before "
			 "this, or --sidecar is missing");
	if (options->json) {
		json_t *summary = json_pack("{s:I, s:I, s:I, s:I, s:I}", "entries",
					    (json_int_t)pack->source.count, "signed",
					    (json_int_t)number, "mounts", (json_int_t)pack->mounts,
					    "acls", (json_int_t)pack->acls, "bytes",
					    (json_int_t)status.st_size);

		print_json(summary);
		json_decref(summary);
	} else if (!options->quiet) {
		printf("%zu entries, %zu signed, %.1f MB, read back and the same\n",
		       pack->source.count, number, (double)status.st_size / 1e6);
		say_left_out(pack);
		say_how_to_boot(pack, options, (uint64_t)status.st_size);
	}
}

/* The image of a disk is made of that of its partition, which is read back before. */
static bool make_image(struct pack *pack, const struct options *options)
{
	char partition[TREE_PATH_SIZE];

	if (!path_join(partition, pack->directory, ASIDE_PARTITION) ||
	    !path_join(pack->image, pack->directory,
		       options->disk ? ASIDE_PARTITION : ASIDE_IMAGE) ||
	    !options->format->write(pack) || !read_back(pack, options))
		return false;
	return !options->disk || (path_join(pack->image, pack->directory, ASIDE_IMAGE) &&
				  disk_write(pack, partition) && disk_same(pack, partition));
}

/* Both, or none. */
static bool place(const struct options *options, const char *sidecar)
{
	bool has_sidecar = options->format->has_sidecar;

	if (has_sidecar && !output_place(ASIDE_SIDECAR, sidecar, options->force))
		return false;
	if (output_place(ASIDE_IMAGE, options->output, options->force))
		return true;
	if (has_sidecar)
		(void)unlink(sidecar);
	return false;
}

static bool pack_tree(struct pack *pack, const struct options *options)
{
	char sidecar[TREE_PATH_SIZE];
	bool right = path_join(sidecar, options->output, ".sidecar") &&
		(!options->format->has_sidecar || output_free(sidecar, options->force)) &&
		output_begin(options->output, options->force, pack->tree, pack->directory) &&
		read_source(pack, options) &&
		(!options->format->has_sidecar || cpio_prepare(pack)) &&
		(!options->format->is_package || package_prepare(pack)) && make_image(pack, options) &&
		place(options, sidecar);

	output_end();
	if (right)
		summarise(pack, options);
	inventory_free(&pack->source);
	return right;
}

/* ---- options ---- */

static enum exit_code option_size(const char *value, uint64_t *size)
{
	static const char units[] = "KMG";
	char *end;
	unsigned long long number = (errno = 0, strtoull(value, &end, 10));
	const char *unit = *end ? strchr(units, *end) : NULL;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;

	if (!isdigit((unsigned char)*value) || errno != 0 || number == 0 ||
	    number > (1ULL << 44) >> shift || (*end && (!unit || end[1])))
		return usage_error("pack",
				   "--size %s: bytes, or a number and K, M or G, up to 16384G",
				   value);
	*size = number << shift;
	return EXIT_OK;
}

static enum exit_code option_pack_format(const char *value, const struct format **format)
{
	char all[256] = "";

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(value, formats[i].name) == 0) {
			*format = &formats[i];
			return EXIT_OK;
		}
		(void)strcat(strcat(all, i > 0 ? ", " : ""), formats[i].name);
	}
	return usage_error("pack", "--format %s: one of %s", value, all);
}

enum {
	OPTION_OUTPUT = 'o',
	OPTION_FORMAT = 1000,
	OPTION_FORCE,
	OPTION_SIDECAR,
	OPTION_OWNER,
	OPTION_PERMISSIONS,
	OPTION_SIZE,
	OPTION_DISK,
	OPTION_PACKAGE_VERSION,
	OPTION_NAME,
	OPTION_MAINTAINER,
	OPTION_KERNEL,
	OPTION_CMDLINE,
	OPTION_STUB,
	OPTION_DROP_ACLS,
	OPTION_QUIET,
	OPTION_JSON,
};

static const struct option long_options[] = {
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "format", required_argument, NULL, OPTION_FORMAT },
	{ "output", required_argument, NULL, OPTION_OUTPUT },
	{ "force", no_argument, NULL, OPTION_FORCE },
	{ "sidecar", required_argument, NULL, OPTION_SIDECAR },
	{ "owner", required_argument, NULL, OPTION_OWNER },
	{ "permissions", required_argument, NULL, OPTION_PERMISSIONS },
	{ "size", required_argument, NULL, OPTION_SIZE },
	{ "disk", no_argument, NULL, OPTION_DISK },
	{ "package-version", required_argument, NULL, OPTION_PACKAGE_VERSION },
	{ "name", required_argument, NULL, OPTION_NAME },
	{ "maintainer", required_argument, NULL, OPTION_MAINTAINER },
	{ "kernel", required_argument, NULL, OPTION_KERNEL },
	{ "cmdline", required_argument, NULL, OPTION_CMDLINE },
	{ "stub", required_argument, NULL, OPTION_STUB },
	{ "drop-acls", no_argument, NULL, OPTION_DROP_ACLS },
	{ "quiet", no_argument, NULL, OPTION_QUIET },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ NULL, 0, NULL, 0 },
};

static enum exit_code set_option(void *data, int option, const char *value)
{
	struct options *options = data;

	switch (option) {
	case OPTION_FORMAT:  return option_pack_format(value, &options->format);
	case OPTION_OUTPUT:  options->output = value; break;
	case OPTION_DISK:    options->disk = true; break;
	case OPTION_KERNEL:  options->kernel = value; break;
	case OPTION_CMDLINE: options->cmdline = value; break;
	case OPTION_STUB:    options->stub = value; break;
	case OPTION_FORCE:   options->force = true; break;
	case OPTION_DROP_ACLS: options->drop_acls = true; break;
	case OPTION_SIDECAR: options->sidecar = value; break;
	case OPTION_PERMISSIONS: options->permissions = value; break;
	case OPTION_OWNER:   return option_owner("pack", value, &options->target);
	case OPTION_SIZE:    return option_size(value, &options->size);
	case OPTION_PACKAGE_VERSION: options->package.version = value; break;
	case OPTION_NAME:            options->package.name = value; break;
	case OPTION_MAINTAINER:      options->package.maintainer = value; break;
	case OPTION_QUIET:   options->quiet = true; break;
	case OPTION_JSON:    options->json = true; break;
	default:
		return usage_error("pack", "wrong option");
	}
	return EXIT_OK;
}

static enum exit_code check_package(struct options *options)
{
	struct package *package = &options->package;
	const char *wrong = options->format->is_package ? package_names_wrong(package) : NULL;

	if (wrong)
		return usage_error("pack", "%s", wrong);
	if (!options->format->is_package &&
	    (package->name || package->version || package->maintainer))
		return usage_error("pack", "%s is no package, which has a name, a version and a "
				   "maintainer", options->format->name);
	return EXIT_OK;
}

static enum exit_code check_options(struct options *options, int trees, const char *tree)
{
	if (!options->format)
		return usage_error("pack", "--format is needed");
	if (!options->output || !*options->output)
		return usage_error("pack", "-o FILE is needed");
	if (trees != 1)
		return usage_error("pack", "one directory is named");
	if (options->size && !options->format->has_size)
		return usage_error("pack", "--size: %s is as large as what is in it",
				   options->format->name);
	if (options->disk && !options->format->is_file_system)
		return usage_error("pack", "--disk: %s is not for a partition",
				   options->format->name);
	if (options->format->is_uki ? !options->kernel || !options->cmdline || !*options->cmdline
				    : options->cmdline || options->stub)
		return usage_error("pack", "--format uki needs --kernel FILE and --cmdline; no "
				   "other has --cmdline, or --stub");
	if (options->format->is_uki && options->sidecar)
		return usage_error("pack", "--sidecar: a uki has no signatures of files");
	if (options->format->from_disk && (options->sidecar || options->permissions ||
					   options->target.owner_given || options->drop_acls))
		return usage_error("pack",
				   "%s: its tool takes owners and attributes from the disk alone: "
				   "leave out --sidecar, --owner, --permissions and --drop-acls, and run "
				   "imactl apply and this under fakeroot",
				   options->format->name);
	if (access(tree, F_OK) == 0 && !is_directory(tree))
		return usage_error("pack", "one directory is named");
	/* That of a UKI is its image, which does not say what it was built with. */
	if (options->kernel && !options->format->is_uki) {
		enum exit_code code = kernels_option("pack", options->kernel, &options->kernels);

		if (code != EXIT_OK)
			return code;
	}
	return check_package(options);
}

enum exit_code cmd_pack(int argc, char **argv)
{
	static struct options options;
	static struct pack pack;
	char tree[TREE_PATH_SIZE];
	bool helped;
	enum exit_code code =
		options_parse(help, long_options, argc, argv, set_option, &options, &helped);

	if (helped || code != EXIT_OK)
		return code;
	code = check_options(&options, argc - optind, argv[optind]);
	if (code != EXIT_OK)
		return code;
	code = permissions_option("pack", options.permissions, 1, argv[optind], &options.target);
	if (code != EXIT_OK)
		return code;
	if (!tree_name(tree, argv[optind]) || !read_time(&pack.time))
		return EXIT_FAILED;
	tools_prepare(pack.time);
	pack.tree = tree;
	pack.package = &options.package;
	pack.size = options.size;
	pack.has_acls = options.format->has_acls;
	pack.drops_acls = options.drop_acls;
	pack.is_in_memory = options.format->is_initrd;
	pack.output = options.output;
	pack.kernel = options.kernel;
	pack.cmdline = options.cmdline;
	pack.stub = options.stub;
	return pack_tree(&pack, &options) ? EXIT_OK : EXIT_FAILED;
}
