/* SPDX-License-Identifier: MIT */
/*
 * A site's /ima as a Debian or RPM package. Both hold SITE_TREE/ima and its sidecar, since
 * neither dpkg nor rpm restores security.evm, and both unpack file by file: into /ima comes it
 * by imactl install, which a trigger of the package imactl or a scriptlet starts.
 */
#include "package.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "attributes.h"
#include "layout.h"
#include "output.h"
#include "report.h"
#include "tool.h"
#include "xattr_format.h"

#define SITE         (SITE_TREE + 1)         /* in a package, without the slash */
#define SITE_SIDECAR SITE_TREE ".sidecar"
#define STAGE_TREE   ASIDE_STAGE SITE_TREE
#define SUMMARY      "Signed /ima of a site, which ima-init boots from"
#define TEXT_SIZE    (4 * TREE_PATH_SIZE)

/* ---- names ---- */

static bool has_only(const char *text, const char *first, const char *more)
{
	return *text && strchr(first, *text) && text[strspn(text, more)] == '\0';
}

const char *package_names_wrong(struct package *package)
{
	static const char lower[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	static const char digits[] = "0123456789";
	static const char name[] = "abcdefghijklmnopqrstuvwxyz0123456789+.-";
	static const char version[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.~";

	if (!package->version)
		return "--package-version is needed";
	if (!package->name)
		package->name = "ima-site";
	if (!package->maintainer)
		package->maintainer = "nobody in particular <root@localhost>";
	if (strlen(package->name) < 2 || strlen(package->name) > 64 ||
	    !has_only(package->name, lower, name))
		return "--name: 2 to 64 of a-z, 0-9, +, . and -, of which the last three do not begin it";
	if (strlen(package->version) > 64 || !has_only(package->version, digits, version))
		return "--package-version: at most 64 letters, digits, +, . and ~, a digit first; "
		       "what dpkg and rpm both take";
	const char *open = strchr(package->maintainer, '<');
	size_t length = strlen(package->maintainer);

	if (length > 200 || !open || open == package->maintainer || open[-1] != ' ' ||
	    strchr(open, '@') == NULL || strchr(open, '>') != package->maintainer + length - 1 ||
	    strchr(package->maintainer, '%'))
		return "--maintainer: NAME <ADDRESS>, at most 200 bytes, without %";
	for (const char *byte = package->maintainer; *byte; byte++)
		if ((unsigned char)*byte < ' ' || *byte == 0x7f)
			return "--maintainer: one line of text";
	return NULL;
}

const struct architecture *architecture_of(const uint8_t *header, size_t size)
{
	static const struct architecture all[] = {
		{ EM_X86_64, true, "amd64", "x86_64" },
		{ EM_386, false, "i386", "i686" },
		{ EM_AARCH64, true, "arm64", "aarch64" },
		{ EM_ARM, false, "armhf", "armv7hl" },
		{ EM_RISCV, true, "riscv64", "riscv64" },
		{ EM_PPC64, true, "ppc64el", "ppc64le" },
		{ EM_S390, true, "s390x", "s390x" },
	};

	if (size < 20 || memcmp(header, ELFMAG, SELFMAG) != 0)
		return NULL;
	bool is_big = header[EI_DATA] == ELFDATA2MSB, is_64 = header[EI_CLASS] == ELFCLASS64;
	unsigned machine = is_big ? header[18] << 8 | header[19] : header[19] << 8 | header[18];

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].machine == machine && all[i].is_64_bit == is_64 &&
		    is_big == (machine == EM_S390))
			return &all[i];
	return NULL;
}

/* ---- what goes into it ---- */

static bool is_site(const char *path)
{
	const size_t length = strlen(ROOT_DIR + 1);

	return strncmp(path, ROOT_DIR + 1, length) == 0 &&
		(path[length] == '/' || path[length] == '\0');
}

static bool is_exec_canary(const struct entry *entry)
{
	return strcmp(entry->path, PATH_CANARY_EXEC + 1) == 0;
}

static const char *unfit(const struct entry *entry)
{
	uid_t owner = is_exec_canary(entry) ? CANARY_EXEC_UID : 0;

	if (!S_ISREG(entry->mode) && !S_ISDIR(entry->mode))
		return "neither a regular file nor a directory, and ima-init takes nothing else";
	if ((entry->uid != 0 && entry->uid != owner) || (entry->gid != 0 && entry->gid != owner))
		return "it belongs to somebody else than root: sign it with --owner 0:0, and give "
		       "that here, too";
	if (S_ISREG(entry->mode) && (entry->mode & (S_ISUID | S_ISGID)))
		return "set-user-ID or set-group-ID, which imactl install refuses: chmod ug-s it, and "
		       "sign the tree again";
	if (S_ISREG(entry->mode) && !entry_attribute(entry, XATTR_IMA))
		return "it has no security.ima: sign the tree first";
	for (const char *byte = entry->path; *byte; byte++)
		if (*byte <= ' ' || *byte > '~' || strchr("\"\\*?[]{}%$", *byte))
			return "its name is none for a package";
	return NULL;
}

/* They say what a package without them would do. */
static bool has_what_boots(const struct pack *pack)
{
	static const char *const needed[] = { PATH_INIT, PATH_MANIFEST, PATH_CANARY, PATH_X509_IMA };
	char path[TREE_PATH_SIZE];

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (inventory_find(&pack->source, needed[i] + 1))
			continue;
		if (path_join(path, pack->tree, needed[i]))
			complain(path, "pack", "it is not there: sign the tree first");
		return false;
	}
	return true;
}

bool package_prepare(struct pack *pack)
{
	struct inventory *source = &pack->source;

	for (size_t i = source->count; i-- > 0;)
		if (!is_site(source->list[i]->path))
			inventory_remove(source, i);
	for (size_t i = 0; i < source->count; i++)
		source->list[i]->first = source->list[i];
	inventory_finish(source);
	if (!has_what_boots(pack))
		return false;
	for (size_t i = 0; i < source->count; i++) {
		struct entry *entry = source->list[i];

		if (unfit(entry))
			return pack_refuses(pack, entry, unfit(entry));
		/* The canary's owner is for imactl install. */
		entry->uid = entry->gid = 0;
		if (S_ISDIR(entry->mode))
			entry->mode = S_IFDIR | 0755;
	}
	return inventory_id(source, pack->id);
}

/* ---- the stage, which dpkg-deb and rpmbuild read ---- */

static bool stage_failed(const char *path)
{
	complain(path, "write", "%s", strerror(errno));
	return false;
}

static int set_time(const struct pack *pack, const char *path)
{
	const struct timespec time = { .tv_sec = pack->time };
	const struct timespec times[2] = { time, time };

	return utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW);
}

static bool put_piece(void *out, const void *bytes, size_t size)
{
	return fwrite(bytes, 1, size, out) == size || stage_failed("stage");
}

static bool stage_entry(const struct pack *pack, const struct entry *entry)
{
	char path[TREE_PATH_SIZE], below[TREE_PATH_SIZE];

	(void)snprintf(below, sizeof(below), "/%.4000s", entry->path);
	if (!path_join(path, pack->directory, STAGE_TREE) ||
	    strlen(path) + strlen(below) >= sizeof(path))
		return pack_refuses(pack, entry, strerror(ENAMETOOLONG));
	(void)strcat(path, below);
	if (S_ISDIR(entry->mode))
		return (mkdir(path, 0755) == 0 && chmod(path, 0755) == 0) || stage_failed(path);
	FILE *out = fopen(path, "wxe");

	if (!out)
		return stage_failed(path);
	bool right = pack_content(pack, entry, put_piece, out);

	if (fclose(out) != 0 && right)
		right = stage_failed(path);
	return right && ((chmod(path, entry->mode & 07777) == 0 && set_time(pack, path) == 0) ||
			 stage_failed(path));
}

/* PATH and what leads to it, below the directory aside. */
static bool make_directories(const struct pack *pack, const char *inside)
{
	char path[TREE_PATH_SIZE];

	if (!path_join(path, pack->directory, inside))
		return false;
	for (char *slash = path + strlen(pack->directory) + 1; slash; *slash++ = '/') {
		slash = strchr(slash, '/');
		if (!slash)
			break;
		*slash = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return stage_failed(path);
		(void)chmod(path, 0755);
	}
	return (mkdir(path, 0755) == 0 && chmod(path, 0755) == 0) || errno == EEXIST ||
		stage_failed(path);
}

static bool stage_text(const struct pack *pack, const char *inside, const char *text)
{
	char path[TREE_PATH_SIZE];

	if (!path_join(path, pack->directory, inside))
		return false;
	FILE *out = fopen(path, "wxe");
	bool right = out && fputs(text, out) >= 0;

	if (out && fclose(out) != 0)
		right = false;
	return (right && chmod(path, 0644) == 0 && set_time(pack, path) == 0) || stage_failed(path);
}

static bool make_stage(const struct pack *pack)
{
	char sidecar[TREE_PATH_SIZE], time[16];

	/* Of both tools; tools_prepare() has taken it away for the others. */
	(void)snprintf(time, sizeof(time), "%u", pack->time);
	if (setenv("SOURCE_DATE_EPOCH", time, 1) < 0 || !make_directories(pack, STAGE_TREE))
		return false;
	for (size_t i = 0; i < pack->source.count; i++)
		if (!stage_entry(pack, pack->source.list[i]))
			return false;
	return path_join(sidecar, pack->directory, ASIDE_STAGE SITE_SIDECAR) &&
		pack_write_sidecar(pack, sidecar) &&
		((chmod(sidecar, 0644) == 0 && set_time(pack, sidecar) == 0) ||
		 stage_failed(sidecar));
}

static const struct architecture *read_architecture(const struct pack *pack)
{
	uint8_t header[20];
	char path[TREE_PATH_SIZE];
	struct stat status;

	if (!path_join(path, pack->tree, PATH_INIT))
		return NULL;
	AUTO_CLOSE int file = tree_open(path, &status);
	ssize_t size = file < 0 ? -1 : read(file, header, sizeof(header));
	const struct architecture *architecture =
		size < 0 ? NULL : architecture_of(header, (size_t)size);

	if (!architecture)
		complain(path, "pack", "it is no program of a machine that is known here");
	return architecture;
}

/* ---- deb ---- */

static uint64_t kilobytes(const struct pack *pack)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < pack->source.count; i++)
		bytes += pack->source.list[i]->size + 1024;
	return (bytes + 1023) / 1024;
}

bool deb_write(const struct pack *pack)
{
	char stage[TREE_PATH_SIZE], text[TEXT_SIZE];
	const struct package *package = pack->package;
	const struct architecture *architecture = read_architecture(pack);
	const char *const arguments[] = { "dpkg-deb", "--root-owner-group", "-Zgzip", "--build",
					  stage, pack->image, NULL };

	(void)snprintf(text, sizeof(text),
		       "Package: %s\nVersion: %s\nArchitecture: %s\nMaintainer: %s\n"
		       "Installed-Size: %llu\nDepends: imactl (>= " IMA_INIT_VERSION ")\n"
		       "Provides: ima-init-site\nConflicts: ima-init-site\n"
		       "Replaces: ima-init-site\nSection: admin\nPriority: optional\n"
		       "Description: " SUMMARY "\n"
		       " A trigger of the package imactl verifies it and makes it /ima in one step.\n"
		       " It stays /ima when this package is removed.\n",
		       package->name, package->version, architecture ? architecture->deb : "",
		       package->maintainer, (unsigned long long)kilobytes(pack));
	return architecture && path_join(stage, pack->directory, ASIDE_STAGE) && make_stage(pack) &&
		make_directories(pack, ASIDE_STAGE "/DEBIAN") &&
		stage_text(pack, ASIDE_STAGE "/DEBIAN/control", text) && tool_run("dpkg", arguments);
}

/* ---- rpm ---- */

/* A certificate of the source, as text; nothing where it is not there. */
static bool print_certificate(const struct pack *pack, FILE *out, const char *inside,
			      const char *name)
{
	char path[TREE_PATH_SIZE];
	struct key key = { 0 };

	if (!inventory_find(&pack->source, inside + 1))
		return true;
	bool right = path_join(path, pack->tree, inside) && key_read_certificate(&key, path) == 0;

	if (right) {
		fprintf(out, "cat >\"$directory/%s\" <<'END'\n", name);
		right = PEM_write_X509(out, key.certificate) == 1;
		fputs("END\n", out);
	}
	key_free(&key);
	return right;
}

/*
 * A failed %post is but a warning to rpm, a failed %pre ends it: so the issuers are looked at
 * before anything is unpacked. Not before %posttrans are the files of the old version gone.
 */
static bool print_spec(const struct pack *pack, FILE *out)
{
	const struct package *package = pack->package;

	fprintf(out,
		"%%global debug_package %%{nil}\n%%global _build_id_links none\n"
		"%%global __os_install_post %%{nil}\n"
		"Name: %s\nVersion: %s\nRelease: 1\nSummary: " SUMMARY "\n"
		"License: unspecified\nPackager: %s\nAutoReqProv: no\n"
		"Requires: imactl >= " IMA_INIT_VERSION "\n"
		"Requires(pre): imactl >= " IMA_INIT_VERSION "\n"
		"Requires(posttrans): imactl >= " IMA_INIT_VERSION "\n"
		"Provides: ima-init-site\nConflicts: ima-init-site\n\n"
		"%%description\n"
		"It is verified and made /ima in one step when it is installed, and stays /ima when\n"
		"this package is removed.\n\n"
		"%%install\nmkdir -p %%{buildroot}\ncp -a %%{stage}/. %%{buildroot}\n\n"
		"%%pre\n"
		"directory=$(mktemp -d) || exit 1\ntrap 'rm -rf \"$directory\"' EXIT\n",
		package->name, package->version, package->maintainer);
	if (!print_certificate(pack, out, PATH_X509_IMA, "x509_ima.pem") ||
	    !print_certificate(pack, out, PATH_X509_EVM, "x509_evm.pem"))
		return false;
	fprintf(out,
		"imactl install --chain-only \"$directory\"/*.pem || exit 1\n\n"
		"%%posttrans\n"
		"imactl install --quiet " SITE_TREE " && exit 0\n"
		"echo 'what " ROOT_DIR " was, it still is; when that is mended: "
		"imactl install " SITE_TREE "' >&2\nexit 1\n\n"
		"%%postun\n"
		"[ \"$1\" != 0 ] || echo '" ROOT_DIR " stays: without it this machine does not boot'\n\n"
		"%%files\n%%defattr(-,root,root,-)\n%%dir /usr/lib/ima-init/site\n" SITE_TREE "\n"
		SITE_SIDECAR "\n");
	return true;
}

static bool write_spec(const struct pack *pack, const char *path)
{
	FILE *out = fopen(path, "wxe");

	if (!out)
		return stage_failed(path);
	bool right = print_spec(pack, out);

	return fclose(out) == 0 ? right : stage_failed(path);
}

/* The name of what it makes is given, so that it need not be found. */
static bool run_rpmbuild(const struct pack *pack, const char *directory, const char *machine)
{
	char spec[TEXT_SIZE], topdir[TEXT_SIZE], stage[TEXT_SIZE], database[TEXT_SIZE],
		out[TEXT_SIZE], made[TREE_PATH_SIZE];
	const char *const arguments[] = {
		"rpmbuild", "-bb", "--nodeps", "--target", machine, "--define", topdir,
		"--define", stage, "--define", database, "--define", out,
		"--define", "_rpmfilename site.rpm", "--define", "_buildhost localhost",
		"--define", "use_source_date_epoch_as_buildtime 1",
		"--define", "clamp_mtime_to_source_date_epoch 1",
		"--define", "_binary_payload w9.gzdio", spec, NULL,
	};

	(void)snprintf(spec, sizeof(spec), "%s/rpm/site.spec", directory);
	(void)snprintf(topdir, sizeof(topdir), "_topdir %s/rpm", directory);
	(void)snprintf(stage, sizeof(stage), "stage %s" ASIDE_STAGE, directory);
	(void)snprintf(database, sizeof(database), "_dbpath %s/rpm/db", directory);
	(void)snprintf(out, sizeof(out), "_rpmdir %s/rpm", directory);
	return tool_run("rpm", arguments) && path_join(made, directory, "/rpm/site.rpm") &&
		(rename(made, pack->image) == 0 || stage_failed(made));
}

bool rpm_write(const struct pack *pack)
{
	const struct architecture *architecture = read_architecture(pack);
	char spec[TREE_PATH_SIZE], directory[PATH_MAX];

	if (!architecture || !realpath(pack->directory, directory))
		return architecture && stage_failed(pack->directory);
	/* Its macros take no path apart that has blanks, and its shell none with such signs. */
	if (strpbrk(directory, " \t\n%\"'\\$;&|<>*?()")) {
		complain(pack->output, "pack", "rpmbuild wants a plain path where the output goes");
		return false;
	}
	/* HOME: nobody's settings. */
	return make_stage(pack) && make_directories(pack, "/rpm") &&
		path_join(spec, pack->directory, "/rpm/site.spec") && write_spec(pack, spec) &&
		setenv("HOME", directory, 1) == 0 &&
		run_rpmbuild(pack, directory, architecture->rpm);
}

/* ---- reading back ---- */

static bool is_above(const char *path)
{
	size_t length = strlen(path);

	return length == 0 || (strncmp(SITE, path, length) == 0 &&
			       (SITE[length] == '/' || SITE[length] == '\0'));
}

/* What the sidecar of the stage has, if that is the one in the package. */
static bool same_sidecar(const struct pack *pack, const char *path, const struct entry *entry)
{
	uint8_t digest[INVENTORY_DIGEST], bytes[65536];
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	FILE *in = fopen(path, "re");
	size_t count;
	bool right = in && context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;

	while (right && (count = fread(bytes, 1, sizeof(bytes), in)) > 0)
		right = EVP_DigestUpdate(context, bytes, count) == 1;
	right = right && EVP_DigestFinal_ex(context, digest, NULL) == 1;
	if (in)
		(void)fclose(in);
	EVP_MD_CTX_free(context);
	if (right && memcmp(digest, entry->digest, sizeof(digest)) == 0)
		return true;
	complain(pack->output, "read back", "the sidecar is another");
	return false;
}

static bool take_entry(const struct pack *pack, const struct entry *entry, struct inventory *found,
		       bool *has_sidecar)
{
	const size_t length = strlen(SITE);
	char sidecar[TREE_PATH_SIZE];

	if (S_ISDIR(entry->mode) && is_above(entry->path))
		return true;
	if (strcmp(entry->path, SITE_SIDECAR + 1) == 0) {
		*has_sidecar = true;
		return path_join(sidecar, pack->directory, ASIDE_STAGE SITE_SIDECAR) &&
			same_sidecar(pack, sidecar, entry);
	}
	bool is_below = strncmp(entry->path, SITE, length) == 0 && entry->path[length] == '/';
	struct entry *taken = inventory_add(found, entry->path + (is_below ? length + 1 : 0));

	taken->mode = entry->mode;
	taken->uid = entry->uid;
	taken->gid = entry->gid;
	taken->size = entry->size;
	taken->inode = found->count;
	memcpy(taken->digest, entry->digest, sizeof(taken->digest));
	return true;
}

/* The files of a package, as a program writes them into a pipe, are those of the tree. */
static bool read_package(const struct pack *pack, const char *debian,
			 const char *const *arguments, struct inventory *found)
{
	struct inventory archive = { 0 };
	struct tool tool;
	char sidecar[TREE_PATH_SIZE];
	bool has_sidecar = false;

	if (!tool_start(&tool, debian, arguments, false, true))
		return false;
	bool right = tool_end(&tool, archive_stream_read(pack, tool.out, &archive));

	for (size_t i = 0; right && i < archive.count; i++)
		right = take_entry(pack, archive.list[i], found, &has_sidecar);
	inventory_free(&archive);
	if (right && !has_sidecar)
		complain(pack->output, "read back", "it has no sidecar");
	return right && has_sidecar && path_join(sidecar, pack->directory, ASIDE_STAGE SITE_SIDECAR) &&
		pack_read_sidecar(sidecar, found);
}

bool deb_read(const struct pack *pack, struct inventory *found)
{
	const char *const arguments[] = { "dpkg-deb", "--fsys-tarfile", pack->image, NULL };

	return read_package(pack, "dpkg", arguments, found);
}

bool rpm_read(const struct pack *pack, struct inventory *found)
{
	const char *const arguments[] = { "rpm2cpio", pack->image, NULL };

	return read_package(pack, "rpm", arguments, found);
}
