#pragma once
// Labels in a SQLite file, also of several people at once on one machine. The file is a stranger's until its
// schema is the expected one, letter by letter, and its integrity has been checked.

#include <QTemporaryDir>

#include "app/desktop/labels/sql_label_store.h"

namespace galatea {

class SqliteLabelStore : public SqlLabelStore {
  public:
    /// Marks our files: "GALX".
    static constexpr qint64 applicationId = 0x47414c58;

    SqliteLabelStore(const QString& path, const QString& who);

    ~SqliteLabelStore() override;

    void open() override;
    void close() override;
    bool isOther() const override { return other_; }
    QString place() const override { return path_; }
    QStringList others() override;
    void checkIntegrity() override;

  protected:
    void beginWriting() override;
    void insertLabels(const LabelAction& action) override;
    std::string cureOf(const QSqlError& error) const override;
    bool mayPass(const QSqlError& error) const override;

  private:
    struct HeldFile;

    bool isInPlace() const;
    void create() const;
    QString copyOfReadOnly();
    void connectTo(const QString& file);
    void harden() const;
    void inspect();
    void checkSchema(qint64 version, bool strict) const;
    void noteOddities();
    void logAhead();
    void upgrade();

    QString path_;
    std::unique_ptr<QTemporaryDir> copies_; ///< of a file that cannot be written where it lies
    std::shared_ptr<const HeldFile> held_;  ///< the file that was opened last
    bool other_ = false;
    qint64 version_ = 0;
};

} // namespace galatea
