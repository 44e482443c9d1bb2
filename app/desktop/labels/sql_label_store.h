#pragma once
// What both kinds of label store have in common: the tables, the questions, the transactions. They differ in
// how they connect, how rows go in, and how writers keep out of each other's way.
//
//   meta(key, value)                                     schema → its version
//   object(id, path)                                     the objects' ids, as text
//   label(id, object_id, user, label, ts, confidence, origin, writer, step)     grows only
//   class(id, key, name, colour, digit, removed, user, ts, writer, step)        grows only
//
// `writer` names a connection and `step` its action, so that one is known that was written although its
// confirmation got lost.

#include <QSqlDatabase>
#include <QSqlQuery>

#include "app/desktop/labels/label_store.h"

namespace galatea {

class SqlLabelStore : public LabelStore {
  public:
    static constexpr int currentVersion = 4;

    ~SqlLabelStore() override;
    bool isOpen() const override { return open_; }
    void close() override;
    bool isWritable() const override { return writable_; }
    QStringList notes() const override { return notes_; }
    LabelNews present() override;
    LabelNews since(LabelPosition position) override;
    std::vector<LabelConflict> commit(const LabelAction& action) override;
    std::vector<LabelEvent> history(const std::string& object) override;
    bool watch(std::function<void()>) override { return false; }

  protected:
    SqlLabelStore(const char* driver, QString who);

    /// Before anything is read or written in a transaction that writes: others wait.
    virtual void beginWriting() = 0;
    virtual void insertLabels(const LabelAction& action) = 0;
    /// After a writing transaction: tells those who watch.
    virtual void announce() {}
    virtual std::string cureOf(const QSqlError& error) const = 0;
    virtual bool mayPass(const QSqlError&) const { return true; } ///< see PassingFault

    QSqlDatabase database() const;
    /// Runs a statement with values for its question marks; throws InputError.
    QSqlQuery run(const QString& statement, const QVariantList& values = {}) const;
    [[noreturn]] void fail(const QSqlError& error) const;
    [[noreturn]] void refuse(const std::string& fault, const std::string& cure) const;
    qint64 number(const QString& statement, const QVariantList& values = {}) const;

    QString connection_, who_, writer_;
    bool open_ = false, writable_ = false;
    bool extended_ = true; ///< label has the columns that came with version 4
    bool dated_ = true;    ///< label has the column ts
    QStringList notes_;

  private:
    void insertClasses(const LabelAction& action);
    bool alreadyWritten(const LabelAction& action) const;
    std::vector<LabelConflict> conflictsOf(const LabelAction& action) const;
    QString eventColumns() const;
    std::vector<LabelEvent> events(const QString& condition, const QVariantList& values) const;
    std::vector<ClassEvent> classEvents(const QString& condition, const QVariantList& values) const;

    LabelPosition position() const;
};

} // namespace galatea
