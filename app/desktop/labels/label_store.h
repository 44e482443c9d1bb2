#pragma once
// Where labels are kept: a SQLite file of one's own or a PostgreSQL database for a team. What was said is
// never overwritten: a store only grows, in one order that all who use it see alike. Objects are named by
// their ids, classes by their keys, so labels survive another import of the same objects.
//
// A store belongs to the thread that opens it. Errors are InputError naming the place, the fault and a cure;
// after one of them nothing of the action is kept, and the action may be tried again.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <QStringList>

#include "app/desktop/labels/label_types.h"
#include "core/error.h"

namespace galatea {

/// A fault of a store that may pass by itself: another program holds the file, the disk is full, the server
/// is away. It is worth trying again.
struct PassingFault : InputError {
    using InputError::InputError;
};

/// Somebody said of an object what it is, or that its label goes.
struct LabelEvent {
    int64_t sequence = -1;     ///< the store's own order
    std::string object, label; ///< an empty label: it was removed
    LabelMark mark;
    bool operator==(const LabelEvent&) const = default;
};

/// Somebody made or changed a class.
struct ClassEvent {
    int64_t sequence = -1;
    LabelClass value;
    QString who;
    double when = 0;
};

/// How far into a store's two sequences somebody has seen; −1: nothing.
struct LabelPosition {
    int64_t labels = -1, classes = -1;
    bool operator==(const LabelPosition&) const = default;
};

/// What a person does at once; written whole or not at all.
struct LabelAction {
    int64_t step = 0;               ///< of this connection, ascending
    std::vector<LabelEvent> labels; ///< the store gives the sequence
    std::vector<ClassEvent> classes;
    LabelPosition seen; ///< what the person had seen of the others then
    bool again = false; ///< it was tried before: perhaps it is there already
};

/// Two people labelled the same object without seeing each other's label. Both are kept; the later counts.
struct LabelConflict {
    LabelEvent mine, theirs;
};

/// The last word on each object and class of which there is news.
struct LabelNews {
    LabelPosition position;
    std::vector<LabelEvent> labels;  ///< in order
    std::vector<ClassEvent> classes; ///< in order
};

class LabelStore {
  public:
    virtual ~LabelStore() = default;

    /// Connects; a file that does not exist is made, a strange or damaged one refused without writing to it.
    virtual void open() = 0;
    virtual bool isOpen() const = 0;
    /// True if what was opened last is not what was opened before: the file had been removed or replaced.
    virtual bool isOther() const { return false; }
    virtual void close() = 0;
    virtual QString place() const = 0;     ///< for people; never with a password
    virtual bool isWritable() const = 0;   ///< known once open
    virtual QStringList notes() const = 0; ///< what was odd about it; escaped

    /// Everything that holds now.
    virtual LabelNews present() = 0;
    /// What others have said since, if nobody has said something later.
    virtual LabelNews since(LabelPosition position) = 0;
    /// In one transaction; returns once it is on disk. Others' labels of the same objects that were not
    /// `seen` come back.
    virtual std::vector<LabelConflict> commit(const LabelAction& action) = 0;
    /// All that was ever said of an object, in order.
    virtual std::vector<LabelEvent> history(const std::string& object) = 0;
    /// Others who use it now or did so a short while ago.
    virtual QStringList others() = 0;
    /// Throws if what is kept contradicts itself.
    virtual void checkIntegrity() = 0;
    /// `news` is called, in the thread of the store and from its event loop, when others have written. False
    /// if the store cannot tell: then it has to be asked.
    virtual bool watch(std::function<void()> news) = 0;
};

/// By its location: the URL of a database (postgresql://PERSON@HOST/NAME) or the path of a file. `who` is the
/// person's name. Throws UsageError for a URL that cannot be meant, also for one with a password in it.
std::unique_ptr<LabelStore> makeLabelStore(const QString& location, const QString& who);

/// True for the URL of a database.
bool isDatabaseUrl(const QString& location);

} // namespace galatea
