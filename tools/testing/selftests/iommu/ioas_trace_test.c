// SPDX-License-Identifier: GPL-2.0-only
/*
 * Trace events of what succeeds without a device.
 */
#include <stdint.h>
#include <sys/mman.h>

#include "ioas_trace_fixture.h"

#define COPY \
	"copy: context=%d ioas=%u iova=%#llx length=%#zx from_ioas=%u from_iova=%#llx\n"

/* Since the last time, this was told and nothing else */
#define EXPECT_TOLD(fmt, ...) do { \
	char want[TRACE_TEXT]; \
	snprintf(want, sizeof(want), fmt, ##__VA_ARGS__); \
	ASSERT_OK(trace_take(self->pipe, self->told)); \
	EXPECT_STREQ(want, self->told); \
} while (0)

TEST_F(traced, map_is_told)
{
	ASSERT_OK(iommu_map_at(self->fd, self->other, self->memory,
			       2 * self->page, 2 * IOVA, IOMMU_MAP_RW));
	EXPECT_TOLD("map: context=%d ioas=%u iova=0x200000 length=%#zx\n",
		    self->context, self->other, 2 * self->page);
}

TEST_F(traced, iova_that_the_kernel_chose_is_told)
{
	__u64 iova;

	ASSERT_OK(iommu_map(self->fd, self->other, self->memory, self->page,
			    &iova, IOMMU_MAP_RW));
	EXPECT_TOLD("map: context=%d ioas=%u iova=%#llx length=%#zx\n",
		    self->context, self->other, iova, self->page);
	ASSERT_OK(iommu_copy(self->fd, self->other, &iova, self->id, IOVA,
			     self->page, IOMMU_MAP_RW));
	EXPECT_TOLD(COPY, self->context, self->other, iova, self->page,
		    self->id, IOVA);
}

TEST_F(traced, copy_is_told)
{
	ASSERT_OK(iommu_copy_at(self->fd, self->other, 4 * IOVA, self->id,
				IOVA, 3 * self->page, IOMMU_MAP_RW));
	EXPECT_TOLD(COPY, self->context, self->other, 4 * IOVA,
		    3 * self->page, self->id, IOVA);
}

TEST_F(traced, unmap_tells_what_was_mapped)
{
	ASSERT_OK(iommu_unmap(self->fd, self->id, IOVA, 64 * self->page));
	EXPECT_TOLD("unmap: context=%d ioas=%u iova=0x100000 length=%#zx\n",
		    self->context, self->id, 4 * self->page);
	ASSERT_OK(iommu_unmap_all(self->fd, self->id));
	EXPECT_TOLD("unmap: context=%d ioas=%u iova=0x0 length=0x0\n",
		    self->context, self->id);
}

TEST_F(traced, other_commands_tell_nothing)
{
	struct iommu_iova_range range = { IOVA, 2 * IOVA };
	__u32 id;

	ASSERT_OK(iommu_ioas_alloc(self->fd, &id));
	ASSERT_OK(iommu_allow_iovas(self->fd, id, &range, 1));
	ASSERT_OK(iommu_option_set(self->fd, IOMMU_OPTION_HUGE_PAGES, id, 0));
	EXPECT_EQ(1, iommu_iova_usable(self->fd, id, 0, IOVA));
	ASSERT_OK(iommu_destroy(self->fd, id));
	EXPECT_TOLD("%s", "");
}

TEST_F(traced, what_is_undone_since_nobody_can_be_told_is_not_mapped)
{
	struct iommu_ioas_map *cmd = mem_alloc(self->page);

	ASSERT_NE(NULL, cmd);
	*cmd = (struct iommu_ioas_map){
		.size = sizeof(*cmd), .flags = IOMMU_MAP_RW,
		.ioas_id = self->id, .user_va = (uintptr_t)self->memory,
		.length = self->page,
	};
	ASSERT_EQ(0, mprotect(cmd, self->page, PROT_READ));
	EXPECT_ERR(EFAULT, iommu_ioctl(self->fd, IOMMU_IOAS_MAP, cmd));
	EXPECT_TOLD("refuse: rc=-14 reason=\"answer cannot be written\"\n"
		    "command_failed: context=%d command=IOAS_MAP (0x3b85) rc=-14\n",
		    self->context);
	mem_free(cmd, self->page);
}

TEST_HARNESS_MAIN
