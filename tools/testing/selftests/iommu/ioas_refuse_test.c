// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every refusal is told once, with its reason. What is refused, and with which
 * errno, is the matter of other suites.
 */
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <linux/capability.h>
#include <linux/iommufd_group.h>

#include "ioas_trace_fixture.h"
#include "lib/limit.h"

#define RW IOMMU_MAP_RW
#define FIXED (IOMMU_MAP_RW | IOMMU_IOAS_MAP_FIXED_IOVA)
#define NONE 0xffffff	/* no object has this id */
#define MAX (~0ULL)

/* Any command of the tables below. */
union command {
	__u32 size;
	struct iommu_destroy destroy;
	struct iommu_ioas_alloc alloc;
	struct iommu_ioas_iova_ranges ranges;
	struct iommu_ioas_allow_iovas allow;
	struct iommu_ioas_map map;
	struct iommu_ioas_map_file file;
	struct iommu_ioas_change_process process;
	struct iommu_ioas_copy copy;
	struct iommu_ioas_unmap unmap;
	struct iommu_option option;
	struct iommu_group_info group;
};

struct row {
	int err;
	const char *reason;
	union command cmd;
};

/* Is the call refused, with this reason and no other, and is it said who? */
static bool is_told(struct _test_data_traced *self, unsigned long number,
		    const char *name, void *cmd, int err, const char *reason)
{
	char want[TRACE_TEXT];
	int rc = iommu_ioctl(self->fd, number, cmd);

	snprintf(want, sizeof(want),
		 "refuse: rc=%d reason=\"%s\"\n"
		 "command_failed: context=%d command=%s (%#lx) rc=%d\n",
		 -err, reason, self->context, name, number, -err);
	if (trace_take(self->pipe, self->told))
		return false;
	if (rc == -err && !strcmp(want, self->told))
		return true;
	printf("# %s: wanted %s\n# got %d, %s\n", name, want, rc, self->told);
	return false;
}

/*
 * How many rows of a table, which ends with an empty one, are not told like
 * that. What the kernel does not know of the union is 0, as it has to be.
 */
static int untold(struct _test_data_traced *self, unsigned long number,
		  const char *name, struct row *rows)
{
	int count = 0;

	for (; rows->reason; rows++) {
		rows->cmd.size = sizeof(rows->cmd);
		if (!is_told(self, number, name, &rows->cmd, rows->err,
			     rows->reason))
			count++;
	}
	return count;
}

TEST_F(traced, command_that_does_not_get_that_far_is_told)
{
	struct {
		struct iommu_destroy cmd;
		__u32 future;
	} longer = { .cmd = { .size = sizeof(longer) }, .future = 1 };
	__u32 size = 4;

	EXPECT_TRUE(is_told(self, IOMMU_DESTROY, "DESTROY", &size, EINVAL,
			    "struct is too short"));
	EXPECT_TRUE(is_told(self, IOMMU_DESTROY, "DESTROY", &longer, E2BIG,
			    "struct has members of the future"));
	EXPECT_TRUE(is_told(self, IOMMU_DESTROY, "DESTROY", NULL, EFAULT,
			    "command cannot be read"));
	EXPECT_TRUE(is_told(self, _IO(';', 0xbf), "0xbf", &size, ENOTTY,
			    "no such command"));
	EXPECT_TRUE(is_told(self, _IO('x', 0x80), "DESTROY", &size, ENOTTY,
			    "no such command"));
}

TEST_F(traced, refused_alloc_and_destroy_are_told)
{
	struct row alloc[] = {
		{ EOPNOTSUPP, "unknown flag", { .alloc = { .flags = 1 } } },
		{}
	};
	struct row destroy[] = {
		{ ENOENT, "no such object", { .destroy = { .id = NONE } } },
		{ ENOENT, "no such object", { .destroy = { .id = 0 } } },
		{}
	};

	EXPECT_EQ(0, untold(self, IOMMU_IOAS_ALLOC, "IOAS_ALLOC", alloc));
	EXPECT_EQ(0, untold(self, IOMMU_DESTROY, "DESTROY", destroy));
}

TEST_F(traced, refused_map_is_told)
{
	const __u64 va = (uintptr_t)self->memory, page = self->page;
	const __u32 id = self->id;
#define MAP(...) { .map = { .ioas_id = id, .flags = FIXED, .user_va = va, \
			    .length = page, .iova = 2 * IOVA, ##__VA_ARGS__ } }
#define MAP_WITH(_flags, _iova, _va, _length) \
	{ .map = { .ioas_id = id, .flags = _flags, .iova = _iova, \
		   .user_va = _va, .length = _length } }
	struct row rows[] = {
		{ EOPNOTSUPP, "reserved member not 0", MAP(.__reserved = 1) },
		{ EOPNOTSUPP, "unknown flag",
		  MAP_WITH(FIXED | 8, 2 * IOVA, va, page) },
		{ EOVERFLOW, "IOVA or length too large",
		  MAP_WITH(FIXED, MAX, va, page) },
		{ EOVERFLOW, "IOVA or length too large",
		  MAP_WITH(FIXED, 2 * IOVA, va, MAX) },
		{ EINVAL, "neither read nor write",
		  MAP_WITH(IOMMU_IOAS_MAP_FIXED_IOVA, 2 * IOVA, va, page) },
		{ EINVAL, "length 0", MAP_WITH(FIXED, 2 * IOVA, va, 0) },
		{ EINVAL, "memory or length is not aligned",
		  MAP_WITH(FIXED, 2 * IOVA, va, page + 1) },
		{ EOVERFLOW, "memory ends beyond 64 bits",
		  MAP_WITH(FIXED, 2 * IOVA, -page, 2 * page) },
		{ EINVAL, "memory or length is not aligned",
		  MAP_WITH(FIXED, 2 * IOVA, va + 1, page) },
		{ ENOENT, "no such object",
		  { .map = { .ioas_id = NONE, .flags = FIXED, .user_va = va,
			     .length = page } } },
		{ EINVAL, "IOVA is not aligned",
		  MAP_WITH(FIXED, 2 * IOVA + 1, va, page) },
		{ EOVERFLOW, "range ends beyond 64 bits",
		  MAP_WITH(FIXED, -page, 0, 2 * page) },
		{ EEXIST, "IOVAs are mapped already",
		  MAP_WITH(FIXED, IOVA, va, page) },
		{ EOVERFLOW, "IOVA or length too large",
		  MAP_WITH(RW, 0, 0, MAX / 2 + 1) },
		{}
	};

	ASSERT_OK(iommu_option_set(self->fd, IOMMU_OPTION_HUGE_PAGES, self->id,
				   0));
	EXPECT_EQ(0, untold(self, IOMMU_IOAS_MAP, "IOAS_MAP", rows));
}

TEST_F(traced, refused_map_of_a_file_is_told)
{
	int file = memfd_create("ioas_refuse_test",
				MFD_CLOEXEC | MFD_ALLOW_SEALING);
	const __u64 page = self->page;
#define FILE_ROW(_fd, _start, _length) \
	{ .file = { .ioas_id = self->id, .flags = FIXED, .fd = _fd, \
		    .start = _start, .length = _length, .iova = 2 * IOVA } }
	struct row rows[] = {
		{ EINVAL, "length 0", FILE_ROW(file, 0, 0) },
		{ EOVERFLOW, "no file is so long",
		  FILE_ROW(file, 1ULL << 63, page) },
		{ EBADF, "no such file", FILE_ROW(-1, 0, page) },
		{ EINVAL, "file is not memory", FILE_ROW(self->fd, 0, page) },
		{ EPERM, "file is sealed against writing",
		  FILE_ROW(file, 0, page) },
		{}
	};
	char path[64];
	struct row readonly[] = {
		{ EACCES, "file is not open for this",
		  FILE_ROW(-1, 0, page) },
		{}
	};

	ASSERT_LE(0, file);
	ASSERT_EQ(0, fcntl(file, F_ADD_SEALS, F_SEAL_WRITE));
	EXPECT_EQ(0, untold(self, IOMMU_IOAS_MAP_FILE, "IOAS_MAP_FILE", rows));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	readonly[0].cmd.file.fd = open(path, O_RDONLY | O_CLOEXEC);
	EXPECT_EQ(0, untold(self, IOMMU_IOAS_MAP_FILE, "IOAS_MAP_FILE",
			    readonly));
	close(file);
}

TEST_F(traced, refused_change_of_process_is_told)
{
	struct row rows[] = {
		{ EOPNOTSUPP, "reserved member not 0",
		  { .process = { .__reserved = 1 } } },
		{ EINVAL, "memory of a process is mapped", {} },
		{}
	};

	EXPECT_EQ(0, untold(self, IOMMU_IOAS_CHANGE_PROCESS,
			    "IOAS_CHANGE_PROCESS", rows));
}

TEST_F(traced, full_space_is_told)
{
	struct iommu_iova_range range = { IOVA, IOVA + 4 * self->page - 1 };
	struct row rows[] = {
		{ ENOSPC, "no room for this length",
		  { .map = { .ioas_id = self->id, .flags = RW,
			     .user_va = (uintptr_t)self->memory,
			     .length = self->page } } },
		{}
	};

	ASSERT_OK(iommu_allow_iovas(self->fd, self->id, &range, 1));
	EXPECT_EQ(0, untold(self, IOMMU_IOAS_MAP, "IOAS_MAP", rows));
}

TEST_F(traced, refused_unmap_is_told)
{
	const __u64 page = self->page;
#define UNMAP(_iova, _length) \
	{ .unmap = { .ioas_id = self->id, .iova = _iova, .length = _length } }
	struct row rows[] = {
		{ EINVAL, "length 0", UNMAP(IOVA, 0) },
		{ EOVERFLOW, "range too large", UNMAP(MAX, page) },
		{ EOVERFLOW, "range too large", UNMAP(IOVA, MAX) },
		{ EOVERFLOW, "range too large", UNMAP(-page, 2 * page) },
		{ ENOENT, "range would cut an area", UNMAP(IOVA, page) },
		{ ENOENT, "nothing is mapped there", UNMAP(2 * IOVA, page) },
		{ ENOENT, "no such object",
		  { .unmap = { .ioas_id = NONE, .length = page } } },
		{}
	};

	EXPECT_EQ(0, untold(self, IOMMU_IOAS_UNMAP, "IOAS_UNMAP", rows));
}

TEST_F(traced, refused_copy_is_told)
{
	const __u64 page = self->page;
#define COPY(_flags, _dst, _src, _length) \
	{ .copy = { .flags = _flags, .dst_ioas_id = self->other, \
		    .dst_iova = _dst, .src_ioas_id = self->id, \
		    .src_iova = _src, .length = _length } }
	struct row rows[] = {
		{ EOPNOTSUPP, "unknown flag", COPY(FIXED | 8, 0, IOVA, page) },
		{ EINVAL, "neither read nor write", COPY(0, 0, IOVA, page) },
		{ EINVAL, "length 0", COPY(FIXED, 0, IOVA, 0) },
		{ EOVERFLOW, "IOVA or length too large",
		  COPY(FIXED, MAX, IOVA, page) },
		{ EOVERFLOW, "source ends beyond 64 bits",
		  COPY(FIXED, 0, -page, 2 * page) },
		{ EINVAL, "memory or length is not aligned",
		  COPY(FIXED, 0, IOVA + 1, page) },
		{ ENOENT, "source is not mapped throughout",
		  COPY(FIXED, 0, IOVA, 5 * page) },
		{ ENOENT, "source is not mapped throughout",
		  COPY(FIXED, 0, 2 * IOVA, page) },
		{ EINVAL, "IOVA is not aligned", COPY(FIXED, 1, IOVA, page) },
		{ ENOENT, "no such object",
		  { .copy = { .flags = FIXED, .dst_ioas_id = NONE,
			      .src_ioas_id = self->id, .src_iova = IOVA,
			      .length = page } } },
		{ ENOENT, "no such object",
		  { .copy = { .flags = FIXED, .dst_ioas_id = self->id,
			      .src_ioas_id = NONE, .src_iova = IOVA,
			      .length = page } } },
		{}
	};

	ASSERT_OK(iommu_option_set(self->fd, IOMMU_OPTION_HUGE_PAGES,
				   self->other, 0));
	EXPECT_EQ(0, untold(self, IOMMU_IOAS_COPY, "IOAS_COPY", rows));
}

TEST_F(traced, copy_for_writing_of_memory_for_reading_is_told)
{
	struct row rows[] = {
		{ EPERM, "memory is not for writing",
		  COPY(FIXED, 0, 4 * IOVA, self->page) },
		{}
	};

	ASSERT_OK(iommu_map_at(self->fd, self->id, self->memory, self->page,
			       4 * IOVA, IOMMU_IOAS_MAP_READABLE));
	ASSERT_OK(trace_take(self->pipe, self->told));
	EXPECT_EQ(0, untold(self, IOMMU_IOAS_COPY, "IOAS_COPY", rows));
}

TEST_F(traced, refused_ranges_are_told)
{
	struct iommu_iova_range wrong = { 2 * IOVA, IOVA };
#define ALLOW(...) { .allow = { .ioas_id = self->id, ##__VA_ARGS__ } }
#define RANGES(...) { .ranges = { .ioas_id = self->id, ##__VA_ARGS__ } }
	struct row allow[] = {
		{ EOPNOTSUPP, "reserved member not 0", ALLOW(.__reserved = 1) },
		{ EOVERFLOW, "too many ranges", ALLOW(.num_iovas = ~0U) },
		{ EFAULT, "array cannot be read", ALLOW(.num_iovas = 1) },
		{ EINVAL, "ranges overlap or are inverted",
		  ALLOW(.num_iovas = 1, .allowed_iovas = (uintptr_t)&wrong) },
		{ ENOENT, "no such object", { .allow = { .ioas_id = NONE } } },
		{}
	};
	struct row ranges[] = {
		{ EOPNOTSUPP, "reserved member not 0",
		  RANGES(.__reserved = 1) },
		{ EMSGSIZE, "array is too short", RANGES(.num_iovas = 0) },
		{ EFAULT, "array cannot be written", RANGES(.num_iovas = 1) },
		{ ENOENT, "no such object", { .ranges = { .ioas_id = NONE } } },
		{}
	};

	EXPECT_EQ(0, untold(self, IOMMU_IOAS_ALLOW_IOVAS, "IOAS_ALLOW_IOVAS", allow));
	EXPECT_EQ(0, untold(self, IOMMU_IOAS_IOVA_RANGES, "IOAS_IOVA_RANGES", ranges));
}

TEST_F(traced, refused_option_is_told)
{
#define OPTION_ROW(_option, _op, _object, _value) \
	{ .option = { .option_id = _option, .op = _op, .object_id = _object, \
		      .val64 = _value } }
	struct row rows[] = {
		{ EOPNOTSUPP, "no such operation", OPTION_ROW(0, 2, 0, 0) },
		{ EOPNOTSUPP, "no such option", OPTION_ROW(99, 0, 0, 0) },
		{ EOPNOTSUPP, "not an object's option",
		  OPTION_ROW(IOMMU_OPTION_RLIMIT_MODE, 0, self->id, 0) },
		{ EBUSY, "context has objects",
		  OPTION_ROW(IOMMU_OPTION_RLIMIT_MODE, 0, 0, 1) },
		{ ENOENT, "no such object",
		  OPTION_ROW(IOMMU_OPTION_HUGE_PAGES, 0, NONE, 1) },
		{ EINVAL, "no such value",
		  OPTION_ROW(IOMMU_OPTION_HUGE_PAGES, 0, self->id, 2) },
		{}
	};

	EXPECT_EQ(0, untold(self, IOMMU_OPTION, "OPTION", rows));
}

TEST_F(traced, refused_group_info_is_told)
{
#define GROUP(...) { .group = { .device_fd = -1, .member_size = 152, \
				##__VA_ARGS__ } }
	struct row rows[] = {
		{ EOPNOTSUPP, "unknown flag", GROUP(.flags = 1) },
		{ EOPNOTSUPP, "reserved member not 0", GROUP(.__reserved = 1) },
		{ EINVAL, "no such size of a member",
		  { .group = { .device_fd = -1, .member_size = 144 } } },
		{ EINVAL, "names two devices",
		  { .group = { .dev_id = NONE, .member_size = 152 } } },
		{ ENOENT, "no such object", GROUP(.dev_id = self->id) },
		{ EBADF, "no such file", GROUP() },
		{ EINVAL, "file is not a device",
		  { .group = { .device_fd = self->fd, .member_size = 152 } } },
		{}
	};

	EXPECT_EQ(0, untold(self, IOMMU_GROUP_INFO, "GROUP_INFO", rows));
}

TEST_F(traced, option_of_the_context_tells_what_it_lacks)
{
	struct row value[] = {
		{ EINVAL, "no such value",
		  OPTION_ROW(IOMMU_OPTION_RLIMIT_MODE, 0, 0, 2) },
		{}
	};
	struct row cap[] = {
		{ EPERM, "needs CAP_SYS_RESOURCE",
		  OPTION_ROW(IOMMU_OPTION_RLIMIT_MODE, 0, 0, 1) },
		{}
	};

	ASSERT_OK(iommu_destroy(self->fd, self->id));
	ASSERT_OK(iommu_destroy(self->fd, self->other));
	EXPECT_EQ(0, untold(self, IOMMU_OPTION, "OPTION", value));
	ASSERT_OK(limit_drop_cap(CAP_SYS_RESOURCE));
	EXPECT_EQ(0, untold(self, IOMMU_OPTION, "OPTION", cap));
}

TEST_HARNESS_MAIN
