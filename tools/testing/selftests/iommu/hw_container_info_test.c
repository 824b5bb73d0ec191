// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a container says of itself: extensions, capabilities, dirty pages.
 */
#include "../kselftest_harness.h"

#include "lib/check.h"
#include "lib/container.h"
#include "lib/hw.h"
#include "lib/mode.h"

#define IOVA 0x100000ULL
#define NPAGES 70	/* more than a word of bits */

FIXTURE(container)
{
	struct mode_dev dev;
	size_t page;
	char *memory;
	union {
		struct vfio_iommu_type1_info info;
		char bytes[CONTAINER_INFO_SIZE];
	};
	__u64 bitmap[4];
};

FIXTURE_VARIANT(container)
{
	enum mode mode;
	bool v2;
};

FIXTURE_VARIANT_ADD(container, type1)
{
	.mode = MODE_TYPE1,
};

FIXTURE_VARIANT_ADD(container, type1v2)
{
	.mode = MODE_TYPE1V2,
	.v2 = true,
};

FIXTURE_VARIANT_ADD(container, compat_type1)
{
	.mode = MODE_COMPAT,
};

FIXTURE_VARIANT_ADD(container, compat_type1v2)
{
	.mode = MODE_COMPATV2,
	.v2 = true,
};

FIXTURE_SETUP(container)
{
	self->page = mem_page_size();
	self->memory = mem_alloc(NPAGES * self->page);
	ASSERT_NE(NULL, self->memory);
	if (hw_missing(0))
		SKIP_FROM_SETUP("no edu device alone in its IOMMU group");
	ASSERT_OK(mode_up(&self->dev, variant->mode, PCI_ID_EDU, 0)) {
		mode_down(&self->dev);
	}
}

FIXTURE_TEARDOWN(container)
{
	mode_down(&self->dev);
	mem_free(self->memory, NPAGES * self->page);
}

static int map(struct _test_data_container *self, int count, __u64 iova)
{
	return mode_map(&self->dev, self->memory, count * self->page, iova,
			IOMMU_MAP_RW);
}

static int get_dirty(struct _test_data_container *self, __u64 iova, int count)
{
	memset(self->bitmap, 0, sizeof(self->bitmap));
	return container_dirty_bitmap(self->dev.cont.fd, iova,
				      count * self->page, self->bitmap,
				      sizeof(self->bitmap), self->page);
}

TEST_F(container, version_and_extensions)
{
	int fd = self->dev.cont.fd;

	EXPECT_EQ(VFIO_API_VERSION,
		  container_ioctl(fd, VFIO_GET_API_VERSION, NULL));
	EXPECT_EQ(1, container_extension(fd, VFIO_TYPE1_IOMMU));
	EXPECT_EQ(1, container_extension(fd, VFIO_TYPE1v2_IOMMU));
	EXPECT_EQ(1, container_extension(fd, VFIO_UNMAP_ALL));
	EXPECT_EQ(0, container_extension(fd, VFIO_SPAPR_TCE_IOMMU));
	EXPECT_EQ(0, container_extension(fd, VFIO_EEH));
	EXPECT_EQ(0, container_extension(fd, 1000));
	EXPECT_LE(0, container_extension(fd, VFIO_DMA_CC_IOMMU));
}

/* What type 1 has and /dev/iommu does in other ways */
TEST_F(container, extensions_of_type1_alone)
{
	const int has = !mode_is_iommufd(variant->mode);
	int fd = self->dev.cont.fd;

	EXPECT_EQ(has, container_extension(fd, VFIO_TYPE1_NESTING_IOMMU));
	EXPECT_EQ(has, container_extension(fd, VFIO_UPDATE_VADDR));
}

TEST_F(container, capabilities_come_when_there_is_room)
{
	int fd = self->dev.cont.fd;
	__u32 needed;

	ASSERT_OK(container_info(fd, &self->info, sizeof(self->info)));
	EXPECT_TRUE(self->info.flags & VFIO_IOMMU_INFO_CAPS);
	EXPECT_EQ(0, self->info.cap_offset);
	needed = self->info.argsz;
	ASSERT_LT(sizeof(self->info), needed);
	ASSERT_OK(container_info(fd, &self->info, needed - 1));
	EXPECT_EQ(0, self->info.cap_offset);
	EXPECT_EQ(needed, self->info.argsz);
	ASSERT_OK(container_info(fd, &self->info, needed));
	EXPECT_EQ(sizeof(self->info), self->info.cap_offset);
	EXPECT_EQ(needed, self->info.argsz);
	EXPECT_EQ(0, self->bytes[needed]);
}

TEST_F(container, short_struct_gets_the_page_sizes)
{
	int fd = self->dev.cont.fd;

	ASSERT_OK(container_info(fd, &self->info, 16));
	EXPECT_TRUE(self->info.flags & VFIO_IOMMU_INFO_PGSIZES);
	EXPECT_TRUE(self->info.iova_pgsizes & self->page);
	EXPECT_EQ(0, self->info.iova_pgsizes & (self->page - 1));
	EXPECT_TRUE(self->info.iova_pgsizes & MEM_2M);
	EXPECT_EQ(0, self->info.cap_offset);
	EXPECT_ERR(EINVAL, container_info(fd, &self->info, 15));
	EXPECT_ERR(EFAULT, container_ioctl(fd, VFIO_IOMMU_GET_INFO, NULL));
}

TEST_F(container, capabilities_have_their_values)
{
	struct vfio_iommu_type1_info_cap_migration *migration;
	struct vfio_iommu_type1_info_dma_avail *avail;

	ASSERT_OK(container_info(self->dev.cont.fd, &self->info,
				 CONTAINER_INFO_SIZE));
	migration = container_capability(&self->info,
					 VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION);
	ASSERT_NE(NULL, migration);
	EXPECT_EQ(1, migration->header.version);
	EXPECT_EQ(0, migration->flags);
	EXPECT_EQ(self->page, migration->pgsize_bitmap);
	EXPECT_EQ(1ULL << 28, migration->max_dirty_bitmap_size);
	avail = container_capability(&self->info,
				     VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL);
	ASSERT_NE(NULL, avail);
	EXPECT_EQ(1, avail->header.version);
	/* One of them is limited by the memory cgroup alone */
	EXPECT_EQ(mode_is_iommufd(variant->mode) ? 0xffffffff : 65535,
		  avail->avail);
}

TEST_F(container, flags_that_are_not_known_are_refused)
{
	int fd = self->dev.cont.fd;
	int bit;

	for (bit = 3; bit < 32; bit++) {
		EXPECT_ERR(EINVAL, container_map(fd, self->memory, self->page,
						 IOVA, 3 | 1u << bit));
		EXPECT_ERR(EINVAL, container_unmap(fd, IOVA, self->page,
						   1u << bit, NULL));
	}
	EXPECT_ERR(EINVAL, container_unmap(fd, IOVA, 0,
					   VFIO_DMA_UNMAP_FLAG_ALL, NULL));
	EXPECT_ERR(EINVAL, container_unmap(fd, 0, self->page,
					   VFIO_DMA_UNMAP_FLAG_ALL, NULL));
	EXPECT_ERR(EINVAL, container_set_iommu(fd, VFIO_SPAPR_TCE_IOMMU));
	EXPECT_ERR(ENOTTY, container_ioctl(fd, _IO(VFIO_TYPE, VFIO_BASE + 19),
					   NULL));
}

TEST_F(container, dirty_pages_are_not_told_before_they_are_tracked)
{
	const int refused = variant->v2 ? EINVAL : EACCES;

	ASSERT_OK(map(self, NPAGES, IOVA));
	EXPECT_ERR(refused, get_dirty(self, IOVA, NPAGES));
	EXPECT_ERR(EINVAL, container_unmap_dirty(self->dev.cont.fd, IOVA,
						 NPAGES * self->page,
						 self->bitmap,
						 sizeof(self->bitmap),
						 self->page));
	EXPECT_ERR(variant->v2 ? 0 : EACCES,
		   container_dirty(self->dev.cont.fd,
				   VFIO_IOMMU_DIRTY_PAGES_FLAG_START));
}

/* The same with a second version only */
FIXTURE(tracking)
{
	struct _test_data_container c;
};

FIXTURE_VARIANT(tracking)
{
	enum mode mode;
};

FIXTURE_VARIANT_ADD(tracking, type1v2)
{
	.mode = MODE_TYPE1V2,
};

FIXTURE_VARIANT_ADD(tracking, compat_type1v2)
{
	.mode = MODE_COMPATV2,
};

FIXTURE_SETUP(tracking)
{
	self->c.page = mem_page_size();
	self->c.memory = mem_alloc(NPAGES * self->c.page);
	ASSERT_NE(NULL, self->c.memory);
	if (hw_missing(0))
		SKIP_FROM_SETUP("no edu device alone in its IOMMU group");
	ASSERT_OK(mode_up(&self->c.dev, variant->mode, PCI_ID_EDU, 0) ?:
		  container_dirty(self->c.dev.cont.fd,
				  VFIO_IOMMU_DIRTY_PAGES_FLAG_START)) {
		mode_down(&self->c.dev);
	}
}

FIXTURE_TEARDOWN(tracking)
{
	mode_down(&self->c.dev);
	mem_free(self->c.memory, NPAGES * self->c.page);
}

TEST_F(tracking, all_that_is_mapped_is_dirty_each_time)
{
	struct _test_data_container *c = &self->c;
	int round;

	ASSERT_OK(map(c, NPAGES, IOVA));
	for (round = 0; round < 2; round++) {
		ASSERT_OK(get_dirty(c, IOVA, NPAGES));
		EXPECT_EQ(~0ULL, c->bitmap[0]);
		EXPECT_EQ((1ULL << (NPAGES - 64)) - 1, c->bitmap[1]);
		EXPECT_EQ(0, c->bitmap[2]);
	}
}

TEST_F(tracking, holes_are_clean)
{
	struct _test_data_container *c = &self->c;

	ASSERT_OK(map(c, 2, IOVA + 3 * c->page));
	ASSERT_OK(map(c, 1, IOVA + 9 * c->page));
	ASSERT_OK(map(c, 3, IOVA + 62 * c->page));
	ASSERT_OK(get_dirty(c, IOVA, NPAGES));
	EXPECT_EQ(3ULL << 3 | 1ULL << 9 | 3ULL << 62, c->bitmap[0]);
	EXPECT_EQ(1, c->bitmap[1]);
}

TEST_F(tracking, range_must_not_cut_a_mapping)
{
	struct _test_data_container *c = &self->c;

	ASSERT_OK(map(c, 8, IOVA));
	EXPECT_ERR(EINVAL, get_dirty(c, IOVA + c->page, 8));
	EXPECT_ERR(EINVAL, get_dirty(c, IOVA, 7));
	EXPECT_OK(get_dirty(c, IOVA - c->page, 10));
	EXPECT_EQ(0xffULL << 1, c->bitmap[0]);
}

TEST_F(tracking, wrong_bitmaps_are_refused)
{
	struct _test_data_container *c = &self->c;
	int fd = c->dev.cont.fd;
	__u64 length = NPAGES * c->page;

	ASSERT_OK(map(c, NPAGES, IOVA));
	EXPECT_ERR(EINVAL, container_dirty_bitmap(fd, IOVA, length, c->bitmap,
						  8, c->page));
	EXPECT_ERR(EINVAL, container_dirty_bitmap(fd, IOVA, length, c->bitmap,
						  0, c->page));
	EXPECT_ERR(EINVAL, container_dirty_bitmap(fd, IOVA, length, c->bitmap,
						  32, 2 * c->page));
	EXPECT_ERR(EINVAL, container_dirty_bitmap(fd, IOVA + 16, length,
						  c->bitmap, 32, c->page));
	EXPECT_ERR(EINVAL, container_dirty_bitmap(fd, IOVA, 0, c->bitmap, 32,
						  c->page));
	EXPECT_ERR(EINVAL, container_dirty_bitmap(fd, -c->page, 2 * c->page,
						  c->bitmap, 32, c->page));
	EXPECT_ERR(EINVAL, container_dirty_bitmap(fd, IOVA, length, c->bitmap,
						  (1UL << 28) + 8, c->page));
	EXPECT_ERR(EFAULT, container_dirty_bitmap(fd, IOVA, length, NULL, 32,
						  c->page));
	EXPECT_ERR(EINVAL, container_dirty(fd, 3));
	EXPECT_ERR(EINVAL, container_dirty(fd, 8));
}

TEST_F(tracking, unmapping_tells_what_was_dirty)
{
	struct _test_data_container *c = &self->c;

	memset(c->bitmap, 0, sizeof(c->bitmap));
	ASSERT_OK(map(c, 5, IOVA));
	ASSERT_OK(container_unmap_dirty(c->dev.cont.fd, IOVA, 8 * c->page,
					c->bitmap, 8, c->page));
	EXPECT_EQ(0x1f, c->bitmap[0]);
	EXPECT_OK(map(c, 5, IOVA));
}

TEST_F(tracking, nothing_is_told_after_it_was_stopped)
{
	struct _test_data_container *c = &self->c;

	ASSERT_OK(map(c, 5, IOVA));
	EXPECT_OK(container_dirty(c->dev.cont.fd,
				  VFIO_IOMMU_DIRTY_PAGES_FLAG_START));
	EXPECT_OK(container_dirty(c->dev.cont.fd,
				  VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP));
	EXPECT_ERR(EINVAL, get_dirty(c, IOVA, 8));
	EXPECT_OK(container_dirty(c->dev.cont.fd,
				  VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP));
}

TEST_HARNESS_MAIN
