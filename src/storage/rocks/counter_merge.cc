#include "storage/rocks/counter_merge.h"

#include "storage/rocks/layout.h"

#include <rocksdb/merge_operator.h>

namespace mansio::storage::rocks {
namespace {

class CounterMerge final : public rocksdb::MergeOperator {
public:
    /// A value of put() below the steps counts as absent: a failing merge would stop compaction for good.
    bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override
    {
        std::optional<Counter> total;
        if (in.existing_value)
            total = decode_counter(in.existing_value->ToStringView());
        for (const rocksdb::Slice& operand : in.operand_list) {
            auto step = decode_counter(operand.ToStringView());
            if (!step)
                return false;
            if (!total)
                total = Counter{step->kind, 0};
            total->apply(*step);
        }
        out->new_value = encode(*total);
        return true;
    }

    /// Steps of different kinds stay apart until the full merge.
    bool PartialMerge(const rocksdb::Slice&, const rocksdb::Slice& left, const rocksdb::Slice& right,
                      std::string* joined, rocksdb::Logger*) const override
    {
        auto first = decode_counter(left.ToStringView());
        auto second = decode_counter(right.ToStringView());
        if (!first || !second || first->kind != second->kind)
            return false;
        first->apply(*second);
        *joined = encode(*first);
        return true;
    }

    const char* Name() const override { return "mansio.counter"; }
};

} // namespace

std::shared_ptr<rocksdb::MergeOperator> make_counter_merge()
{
    return std::make_shared<CounterMerge>();
}

} // namespace mansio::storage::rocks
