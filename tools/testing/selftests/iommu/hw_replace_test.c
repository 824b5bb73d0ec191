// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device moves to and fro between two address spaces while it does DMA: each
 * transfer is in one of the two, whole, and never anywhere else.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "hw_dma_fixture.h"

/* Extended capabilities of VT-d: scalable mode, second-level tables in it */
#define VTD_ECAP_SMTS	(1ULL << 43)
#define VTD_ECAP_SLTS	(1ULL << 46)

/* How the two spaces are named */
FIXTURE_VARIANT(dma)
{
	bool first_by_hwpt;
	bool second_by_hwpt;
};

FIXTURE_VARIANT_ADD(dma, spaces)
{
	.first_by_hwpt = false,
	.second_by_hwpt = false,
};

FIXTURE_VARIANT_ADD(dma, page_tables)
{
	.first_by_hwpt = true,
	.second_by_hwpt = true,
};

FIXTURE_VARIANT_ADD(dma, space_and_page_table)
{
	.first_by_hwpt = false,
	.second_by_hwpt = true,
};

/* A thread that takes the device from one to the other, again and again */
struct turns {
	struct vfio_dev *dev;
	__u32 ids[2];
	__u32 spaces[2];
	atomic_bool stop;
	atomic_uint moves;
	int rc;
	pthread_t thread;
};

static void *take_turns(void *data)
{
	struct turns *turns = data;
	unsigned int i;

	for (i = 0; !turns->rc && !atomic_load(&turns->stop); i++) {
		turns->rc = vfio_attach(turns->dev, turns->ids[i % 2]);
		atomic_fetch_add(&turns->moves, 1);
	}
	return NULL;
}

static int name_space(struct hw *hw, __u32 space, bool by_hwpt, __u32 *id)
{
	*id = space;
	return by_hwpt ? iommu_hwpt_alloc(hw->iommufd, hw->vfio.dev_id, space,
					  id) : 0;
}

static int start(struct _test_data_dma *self,
		 const struct _fixture_variant_dma *variant,
		 struct turns *turns)
{
	struct hw *hw = &self->hw;
	int rc;

	*turns = (struct turns){
		.dev = &hw->vfio,
		.spaces[0] = hw->ioas_id,
	};
	rc = iommu_ioas_alloc(hw->iommufd, &turns->spaces[1]);
	if (!rc)
		rc = name_space(hw, turns->spaces[0], variant->first_by_hwpt,
				&turns->ids[0]);
	if (!rc)
		rc = name_space(hw, turns->spaces[1], variant->second_by_hwpt,
				&turns->ids[1]);
	return rc ?: vfio_attach(turns->dev, turns->ids[0]);
}

static int map_in(struct _test_data_dma *self, __u32 space, void *va,
		  __u64 iova)
{
	return iommu_map_at(self->hw.iommufd, space, va, self->page, iova,
			    IOMMU_MAP_RW);
}

static int stop(struct turns *turns)
{
	atomic_store(&turns->stop, true);
	pthread_join(turns->thread, NULL);
	return turns->rc;
}

static bool is_vtd(struct _test_data_dma *self, struct iommu_hw_info_vtd *vtd)
{
	struct iommu_hw_info info = {
		.data_len = sizeof(*vtd),
		.data_uptr = (uintptr_t)vtd,
	};

	return !iommu_hw_info(self->hw.iommufd, self->hw.vfio.dev_id, &info) &&
	       info.out_data_type == IOMMU_HW_INFO_TYPE_INTEL_VTD;
}

/*
 * VT-d exchanges second-level tables under the device, without a moment in
 * which its DMA is blocked. Anywhere else transfers can be lost.
 */
static bool loses_nothing(struct _test_data_dma *self)
{
	struct iommu_hw_info_vtd vtd;

	return is_vtd(self, &vtd) && (!(vtd.ecap_reg & VTD_ECAP_SMTS) ||
				      vtd.ecap_reg & VTD_ECAP_SLTS);
}

/*
 *	first    IOVA -> src     FAR_AWAY -> dst
 *	second   IOVA -> src     FAR_AWAY -> other
 */
TEST_F(dma, each_transfer_is_in_one_of_the_two)
{
	int i, lost = 0, both = 0, torn = 0;
	struct turns turns;

	ASSERT_OK(start(self, variant, &turns));
	ASSERT_OK(map_in(self, turns.spaces[0], self->src, IOVA));
	ASSERT_OK(map_in(self, turns.spaces[1], self->src, IOVA));
	ASSERT_OK(map_in(self, turns.spaces[0], self->dst, FAR_AWAY));
	ASSERT_OK(map_in(self, turns.spaces[1], self->other, FAR_AWAY));
	ASSERT_EQ(0, pthread_create(&turns.thread, NULL, take_turns, &turns));
	for (i = 0; i < 25; i++) {
		bool first, second;

		mem_fill(self->src, EDU_BUFFER_SIZE, i);
		memset(self->dst, 0, EDU_BUFFER_SIZE);
		memset(self->other, 0, EDU_BUFFER_SIZE);
		ASSERT_OK(load(self, IOVA));
		ASSERT_OK(store(self, FAR_AWAY));
		first = same(self->src, self->dst);
		second = same(self->src, self->other);
		both += first && second;
		lost += !first && !second;
		torn += !first && !is_zero(self->dst);
		torn += !second && !is_zero(self->other);
	}
	EXPECT_OK(stop(&turns));
	TH_LOG("%d transfers, %u moves, %d lost", i, turns.moves, lost);
	EXPECT_LT(1, turns.moves);
	EXPECT_EQ(0, both);
	if (loses_nothing(self)) {
		EXPECT_EQ(0, torn);
		EXPECT_EQ(0, lost);
	}
}

/* Both map the same: nobody can tell where the device is. */
TEST_F(dma, memory_that_both_have_is_always_there)
{
	struct turns turns;
	int i, lost = 0;

	ASSERT_OK(start(self, variant, &turns));
	for (i = 0; i < 2; i++) {
		ASSERT_OK(map_in(self, turns.spaces[i], self->src, IOVA));
		ASSERT_OK(map_in(self, turns.spaces[i], self->dst, FAR_AWAY));
	}
	ASSERT_EQ(0, pthread_create(&turns.thread, NULL, take_turns, &turns));
	for (i = 0; i < 25; i++) {
		mem_fill(self->src, EDU_BUFFER_SIZE, i);
		ASSERT_OK(load(self, IOVA));
		ASSERT_OK(store(self, FAR_AWAY));
		lost += !same(self->src, self->dst);
	}
	EXPECT_OK(stop(&turns));
	TH_LOG("%d transfers, %u moves, %d lost", i, turns.moves, lost);
	EXPECT_LT(1, turns.moves);
	EXPECT_TRUE(!lost || !loses_nothing(self));
}

TEST_F(dma, what_is_unmapped_is_not_reached_wherever_the_device_is)
{
	struct turns turns;
	int i, reached = 0;

	ASSERT_OK(start(self, variant, &turns));
	ASSERT_OK(map_in(self, turns.spaces[0], self->src, IOVA));
	ASSERT_OK(map_in(self, turns.spaces[1], self->src, IOVA));
	ASSERT_OK(load(self, IOVA));
	ASSERT_EQ(0, pthread_create(&turns.thread, NULL, take_turns, &turns));
	for (i = 0; i < 12; i++) {
		__u32 in = turns.spaces[i % 2];

		ASSERT_OK(map_in(self, in, self->dst, FAR_AWAY));
		ASSERT_OK(store(self, FAR_AWAY));
		ASSERT_OK(iommu_unmap(self->hw.iommufd, in, FAR_AWAY,
				      self->page));
		memset(self->dst, 0, self->page);
		ASSERT_OK(store(self, FAR_AWAY));
		reached += !is_zero(self->dst);
	}
	EXPECT_OK(stop(&turns));
	EXPECT_LT(1, turns.moves);
	EXPECT_EQ(0, reached);
}

/* A move to where it cannot go, while it works: the old one is not disturbed. */
TEST_F(dma, moves_that_fail_disturb_nothing)
{
	struct iommu_hw_info_vtd vtd;
	bool has_window = is_vtd(self, &vtd);
	struct turns turns;
	int i, rc, lost = 0;
	__u32 third;

	ASSERT_OK(start(self, variant, &turns));
	ASSERT_OK(map_in(self, turns.spaces[0], self->src, IOVA));
	ASSERT_OK(map_in(self, turns.spaces[0], self->dst, FAR_AWAY));
	ASSERT_OK(iommu_ioas_alloc(self->hw.iommufd, &third));
	ASSERT_OK(map_in(self, third, self->src, 0xfee00000));
	for (i = 0; i < 10; i++) {
		mem_fill(self->src, EDU_BUFFER_SIZE, i);
		ASSERT_OK(load(self, IOVA));
		edu_start(&self->hw.edu, EDU_TO_MEMORY, FAR_AWAY, 0,
			  EDU_BUFFER_SIZE);
		EXPECT_ERR(ENOENT, vfio_attach(turns.dev, 0x7fffffff));
		EXPECT_ERR(EINVAL, vfio_attach(turns.dev, turns.dev->dev_id));
		rc = has_window ? vfio_attach(turns.dev, third) : -EADDRINUSE;
		EXPECT_ERR(EADDRINUSE, rc);
		ASSERT_OK(edu_wait(&self->hw.edu));
		lost += !same(self->src, self->dst);
	}
	EXPECT_EQ(0, lost);
}

TEST_HARNESS_MAIN
