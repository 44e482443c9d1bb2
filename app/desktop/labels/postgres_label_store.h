#pragma once
// Labels of a team in a PostgreSQL database. Writers take turns (an advisory lock for the length of a
// transaction), so the order of the sequence is the order in which others see what was written.

#include <QUrl>

#include "app/desktop/labels/sql_label_store.h"

namespace galatea {

class PostgresLabelStore : public SqlLabelStore {
  public:
    /// postgresql://PERSON@HOST:PORT/NAME?host=/socket/folder&sslmode=verify-full. Throws UsageError if it
    /// names no database or holds a password: that comes from PGPASSWORD, ~/.pgpass or the keyring
    /// (secret-tool store --label Galatea service galatea-labels url URL).
    PostgresLabelStore(const QUrl& url, const QString& who);

    void open() override;
    QString place() const override;
    QStringList others() override;
    void checkIntegrity() override;
    bool watch(std::function<void()> news) override;

  protected:
    void beginWriting() override;
    void insertLabels(const LabelAction& action) override;
    void announce() override;
    std::string cureOf(const QSqlError& error) const override;

  private:
    void connectToServer();
    void makeTables();
    QString passwordFromKeyring() const;

    QUrl url_;
    std::function<void()> news_;
};

} // namespace galatea
