// SPDX-License-Identifier: GPL-2.0-only
/*
 * With iommu=pt devices of the kernel reach all memory at its own address. A
 * device that is bound never does, whatever it is attached to.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "hw_dma_fixture.h"

/* Where a page of ours is, 0 if that is not told */
static __u64 physical(struct _test_data_dma *self, const char *page)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	__u64 entry = 0;

	if (fd < 0)
		return 0;
	if (pread(fd, &entry, sizeof(entry),
		  (uintptr_t)page / self->page * sizeof(entry)) !=
	    sizeof(entry))
		entry = 0;
	close(fd);
	return (entry & ((1ULL << 55) - 1)) * self->page;
}

/* Is the kernel's own domain one that translates nothing? */
static bool is_passthrough(struct _test_data_dma *self)
{
	char path[128], type[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/sys/kernel/iommu_groups/%d/type",
		 self->hw.pci.group);
	f = fopen(path, "re");
	if (!f)
		return false;
	if (!fgets(type, sizeof(type), f))
		type[0] = '\0';
	fclose(f);
	return !strcmp(type, "identity\n");
}

/*
 * Give the device something else than zeroes to write, and the place of dst,
 * which it would reach without its IOMMU: 0 if there is no such place.
 */
static __u64 load_and_aim(struct _test_data_dma *self)
{
	__u64 target;

	if (!is_passthrough(self) || mlock(self->dst, self->page))
		return 0;
	target = physical(self, self->dst);
	if (map(self, self->src, IOVA, IOMMU_MAP_RW) || attach(self) ||
	    load(self, IOVA))
		return 0;
	return target;
}

TEST_F(dma, bound_device_does_not_reach_memory_at_its_own_address)
{
	__u64 target = load_and_aim(self);

	ASSERT_NE(0, target);
	ASSERT_OK(store(self, target));
	EXPECT_TRUE(is_zero(self->dst));
	ASSERT_OK(vfio_detach(&self->hw.vfio));
	ASSERT_OK(store(self, target));
	EXPECT_TRUE(is_zero(self->dst));
	/* The buffer still has what would have been written */
	ASSERT_OK(attach(self));
	ASSERT_OK(map(self, self->spare, FAR_AWAY, IOMMU_MAP_RW));
	ASSERT_OK(store(self, FAR_AWAY));
	EXPECT_TRUE(same(self->src, self->spare));
}

TEST_F(dma, device_that_moves_does_not_reach_memory_at_its_own_address)
{
	__u64 target = load_and_aim(self);
	__u32 other;
	int i;

	ASSERT_NE(0, target);
	ASSERT_OK(iommu_ioas_alloc(self->hw.iommufd, &other));

	/* The copy comes 100 ms after it was asked for: anywhere in the loop */
	edu_start(&self->hw.edu, EDU_TO_MEMORY, target, 0, EDU_BUFFER_SIZE);
	for (i = 0; edu_busy(&self->hw.edu); i++)
		ASSERT_OK(vfio_attach(&self->hw.vfio,
				      i & 1 ? self->hw.ioas_id : other));
	EXPECT_LT(1, i);
	EXPECT_TRUE(is_zero(self->dst));
}

TEST_F(dma, device_that_comes_and_goes_does_not_reach_memory_at_its_own_address)
{
	__u64 target = load_and_aim(self);
	int i;

	ASSERT_NE(0, target);
	edu_start(&self->hw.edu, EDU_TO_MEMORY, target, 0, EDU_BUFFER_SIZE);
	for (i = 0; edu_busy(&self->hw.edu); i++) {
		ASSERT_OK(vfio_detach(&self->hw.vfio));
		ASSERT_OK(attach(self));
	}
	EXPECT_LT(1, i);
	EXPECT_TRUE(is_zero(self->dst));
}

TEST_HARNESS_MAIN
