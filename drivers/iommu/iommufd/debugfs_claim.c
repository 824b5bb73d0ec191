// SPDX-License-Identifier: GPL-2.0-only
/*
 * What debugfs shows of a claim. debugfs.c has the file that it is in.
 */
#include <linux/iommu.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <uapi/linux/iommufd_group.h>

#include "context.h"
#include "claim_policy.h"
#include "debugfs_claim.h"
#include "group_claim.h"
#include "group_info.h"
#include "hwpt.h"

/**
 * struct claim_dump - A claim that is shown
 * @seq: Where
 * @claim: (g) The claim
 */
struct claim_dump {
	struct seq_file *seq;
	struct iommufd_group_claim *claim;
};

static int show_member(const struct iommu_member *from, void *data)
{
	struct claim_dump *dump = data;
	struct iommufd_group_claim *claim = dump->claim;
	struct iommu_group_member member = {};

	iommufd_group_member_describe(from, claim->ictx, claim, &member);
	seq_printf(dump->seq, "  member %s: %s", member.name,
		   iommufd_group_member_state_name(member.state));
	if (member.dev_id)
		seq_printf(dump->seq, " device %u", member.dev_id);
	if (member.flags & IOMMU_GROUP_MEMBER_BUSY)
		seq_puts(dump->seq, " busy");
	else if (*member.driver)
		seq_printf(dump->seq, " driver %s", member.driver);
	seq_putc(dump->seq, '\n');
	return 0;
}

/**
 * iommufd_debugfs_show_claim() - A claim and the members of its group
 * @seq: Where
 * @claim: The claim. Its context's claims_lock is held
 */
void iommufd_debugfs_show_claim(struct seq_file *seq,
				struct iommufd_group_claim *claim)
{
	struct claim_dump dump = { .seq = seq, .claim = claim };

	lockdep_assert_held(&claim->ictx->claims_lock);
	seq_printf(seq, "claim group %d: domain ", iommu_group_id(claim->group));
	if (!mutex_trylock(&claim->lock)) {
		seq_puts(seq, "busy");
	} else {
		if (claim->hwpt)
			seq_printf(seq, "hwpt %u", claim->hwpt->obj.id);
		else
			seq_puts(seq, "blocked");
		mutex_unlock(&claim->lock);
	}
	seq_printf(seq, " policy %s\n",
		   iommufd_claim_policy() == IOMMU_GROUP_POLICY_STRICT ?
			   "strict" : "parked");
	iommu_group_visit_members(claim->group, show_member, &dump);
}
